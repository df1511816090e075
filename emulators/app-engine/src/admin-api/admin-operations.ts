import { AdminApiError, notFound } from './admin-api-error.ts';
import type { AdminRoute } from './admin-route.ts';

/** Long-running operations of the Admin API: gcloud asks for each until it is done. */
export class AdminOperations {
  readonly #project: string;
  readonly #operations = new Map<string, object>();

  constructor(project: string) {
    this.#project = project;
  }

  get routes(): readonly AdminRoute[] {
    const pattern = new RegExp(`^GET /v1/(apps/${this.#project}/operations/[\\w-]+)$`);
    return [
      [
        pattern,
        ({ groups: [name = ''] }) => {
          const found = this.#operations.get(name);
          if (found === undefined) throw notFound(`The operation ${name}`);
          return found;
        },
      ],
    ];
  }

  /** Starts an operation, which ends with the response that `work` gives, or with its error. */
  start(work: () => Promise<object>): object {
    const name = `apps/${this.#project}/operations/op-${this.#operations.size + 1}`;
    const metadata = { '@type': 'type.googleapis.com/google.appengine.v1.OperationMetadataV1' };
    this.#operations.set(name, { name, metadata, done: false });
    work().then(
      (response) => this.#operations.set(name, { name, metadata, done: true, response }),
      (error: unknown) => this.#operations.set(name, { name, metadata, done: true, error: statusOf(error) }),
    );
    return { name, metadata, done: false };
  }
}

/** A failure as google.rpc.Status; 9 is FAILED_PRECONDITION. */
function statusOf(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof AdminApiError && error.httpStatus === 404 ? 5 : 9, message };
}
