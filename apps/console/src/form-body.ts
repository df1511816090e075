import { type ServiceContext, ServiceError } from '@waybill/service-kit';
import getRawBody from 'raw-body';

/** A payload of 512 KiB, each of its bytes written as three, with room for the other fields. */
const LIMIT_BYTES = 1_600_000;

/**
 * Reads a form as browsers send it.
 * @throws {ServiceError} 415 for another media type, 413 for more than 1.6 MB
 */
export async function readForm(ctx: ServiceContext): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) {
    throw new ServiceError({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      status: 415,
      message: 'A form must be application/x-www-form-urlencoded',
    });
  }
  try {
    const bytes = await getRawBody(ctx.req, {
      limit: LIMIT_BYTES,
      length: ctx.req.headers['content-length'] ?? null,
    });
    return new URLSearchParams(bytes.toString('utf8'));
  } catch (error) {
    const tooLarge = (error as { type?: unknown }).type === 'entity.too.large';
    // What is still on its way is dropped: a sender that is still writing would otherwise see a reset connection.
    ctx.req.resume();
    throw new ServiceError({
      code: tooLarge ? 'BODY_TOO_LARGE' : 'BODY_INCOMPLETE',
      status: tooLarge ? 413 : 400,
      message: tooLarge ? `The form must have at most ${LIMIT_BYTES} bytes` : 'The form did not arrive whole',
      cause: error,
    });
  }
}
