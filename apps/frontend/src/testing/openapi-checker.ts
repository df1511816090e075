import { AssertionError } from 'node:assert';
import { createSchemaValidator, type Violation } from '@waybill/contract-kit';

/** A request. */
export interface ApiCall {
  readonly method: string;
  /** With its query, if it has one. */
  readonly path: string;
  /** Its body. Default: none. */
  readonly body?: string | undefined;
  /** The body's media type. */
  readonly contentType?: string | undefined;
}

/** A response. */
export interface ApiResponse {
  readonly status: number;
  /** A header by its name; undefined or null: not there. */
  readonly header: (name: string) => string | null | undefined;
  /** The body as text. It is checked if it is JSON or events. */
  readonly text: string;
}

/** The part of an OpenAPI 3.1 document that is checked. */
interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, { readonly schema: object }>>;
  readonly content: Content;
}

type Content = Readonly<
  Record<
    string,
    {
      readonly schema: object;
      /** Ours: what the data of each named event of a text/event-stream is, as JSON. */
      readonly 'x-events'?: Readonly<Record<string, object>>;
    }
  >
>;

const PROBLEM = { $ref: '#/components/schemas/Problem' };
/** The responses to paths and methods that the document does not have. */
const UNKNOWN_PATH: DocumentedResponse = { content: { 'application/problem+json': { schema: PROBLEM } } };
const UNKNOWN_METHOD: DocumentedResponse = {
  ...UNKNOWN_PATH,
  headers: { Allow: { schema: { type: 'string', minLength: 1 } } },
};

/** Checks responses of a service against its OpenAPI document. */
export class OpenApiChecker {
  readonly #document: OpenApiDocument;
  readonly #paths: readonly { readonly pattern: RegExp; readonly template: string }[];
  readonly #validators = new Map<string, (value: unknown) => Violation[]>();

  /** @param document as GET /openapi.json gives it */
  constructor(document: unknown) {
    this.#document = document as OpenApiDocument;
    this.#paths = Object.keys(this.#document.paths).map((template) => ({
      template,
      pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  /**
   * Checks a response: the document must give its status, media type, headers and shape for the operation. A request that
   * was accepted must match the document too.
   * @throws {AssertionError} naming the operation and all that is wrong
   */
  check(call: ApiCall, response: ApiResponse): void {
    const { status, text } = response;
    const { what, operation, documented } = this.#documented(call, status);
    if (documented === undefined) fail(`${what} is not in the OpenAPI document`, text);
    const problems = [
      ...this.#headerProblems(documented, response),
      ...this.#bodyProblems(documented, call, response),
      ...(status < 300 && operation?.requestBody !== undefined
        ? this.#requestProblems(operation.requestBody.content, call)
        : []),
    ];
    if (problems.length > 0)
      fail(`${what} is not as the OpenAPI document has it: ${problems.join('; ')}`, text);
  }

  #headerProblems(documented: DocumentedResponse, { header }: ApiResponse): string[] {
    return Object.entries(documented.headers ?? {}).flatMap(([name, { schema }]) => {
      const value = header(name) ?? undefined;
      const isNumber = 'type' in schema && schema.type === 'integer';
      return this.#violations(`header ${name}`, schema, isNumber ? Number(value) : value);
    });
  }

  #bodyProblems(
    documented: DocumentedResponse,
    { method }: ApiCall,
    { header, text }: ApiResponse,
  ): string[] {
    const mediaType = mediaTypeOf(header('Content-Type'));
    const content = documented.content[mediaType];
    if (content === undefined) return [`its media type is "${mediaType}"`];
    if (method === 'HEAD') return [];
    if (isJson(mediaType)) return this.#violations('body', content.schema, parse(text));
    if (mediaType !== 'text/event-stream') return [];
    return eventsOf(text).flatMap((event) => this.#eventViolations(content, event));
  }

  #requestProblems(documented: Content, { contentType, body = '' }: ApiCall): string[] {
    const content = documented[mediaTypeOf(contentType)];
    if (content === undefined) return [`it took "${contentType}"`];
    return this.#violations('request', content.schema, parse(body));
  }

  /**
   * Checks one event of a stream that is read as it comes.
   * @throws {AssertionError}
   */
  checkEvent(call: ApiCall, event: { readonly event?: string; readonly data?: string }): void {
    const { what, documented } = this.#documented(call, 200);
    const content = documented?.content['text/event-stream'];
    if (content === undefined) fail(`${what} is no stream of events in the OpenAPI document`, '');
    const problems = this.#eventViolations(content, event);
    if (problems.length > 0) fail(`An event of ${what}: ${problems.join('; ')}`, event.data ?? '');
  }

  #documented({ method, path }: ApiCall, status: number) {
    const [bare = ''] = path.split('?');
    const template = this.#paths.find(({ pattern }) => pattern.test(bare))?.template;
    const what = `${method} ${template ?? bare} ${status}`;
    if (template === undefined) return { what, documented: status === 404 ? UNKNOWN_PATH : undefined };
    const operation = this.#document.paths[template]?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    if (operation === undefined) return { what, documented: status === 405 ? UNKNOWN_METHOD : undefined };
    return { what, operation, documented: operation.responses[String(status)] };
  }

  #eventViolations(content: Content[string], event: { event?: string; data?: string }): string[] {
    // A comment, or how long to wait before coming back.
    if (event.data === undefined) return [];
    const schema = content['x-events']?.[event.event ?? ''];
    if (schema === undefined) return [`there is no event "${event.event}"`];
    return this.#violations(`event ${event.event}`, schema, parse(event.data));
  }

  #violations(where: string, schema: object, value: unknown): string[] {
    const resolved = this.#resolve(schema);
    const key = JSON.stringify(resolved);
    const validate = this.#validators.get(key) ?? createSchemaValidator(resolved);
    this.#validators.set(key, validate);
    return validate(value).map(({ pointer, message }) => `${where}${pointer} ${message}`);
  }

  #resolve(schema: object): object {
    if (!('$ref' in schema)) return schema;
    const name = String(schema.$ref).replace('#/components/schemas/', '');
    const resolved = this.#document.components.schemas[name];
    if (resolved === undefined) fail(`The OpenAPI document has no ${schema.$ref}`, '');
    return resolved;
  }
}

function mediaTypeOf(header: string | null | undefined): string {
  return header?.split(';')[0]?.trim().toLowerCase() ?? '';
}

function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}

/** What is no JSON is no valid value either: undefined has no type. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The events of a stream that has ended: HTML standard, section 9.2. */
function eventsOf(text: string): { event?: string; data?: string }[] {
  return text
    .split('\n\n')
    .map((block) =>
      Object.fromEntries(
        block
          .split('\n')
          .map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1).trimStart()]),
      ),
    );
}

function fail(message: string, text: string): never {
  throw new AssertionError({ message: `${message}${text === '' ? '' : `\n${text.slice(0, 2_000)}`}` });
}
