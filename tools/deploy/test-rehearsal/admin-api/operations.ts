import { notFound, type Route } from './stand-in-routes.ts';

/** Long-running operations of App Engine's Admin API; each has ended when it is first read. */
export interface Operations {
  readonly routes: readonly Route[];
  /** Makes an operation that ends with this response. */
  add(response: object): object;
}

/** Starts without operations. */
export function createOperations(project: string): Operations {
  const operations = new Map<string, object>();
  return {
    routes: [
      [
        new RegExp(`^GET /v1/(apps/${project}/operations/op-\\d+)$`),
        ([name = '']) => {
          const found = operations.get(name);
          if (found === undefined) throw notFound(name);
          return found;
        },
      ],
    ],
    add(response) {
      const name = `apps/${project}/operations/op-${operations.size + 1}`;
      operations.set(name, { name, done: true, response });
      return { name, done: false };
    },
  };
}
