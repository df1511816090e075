import type { YamlFile } from '../yaml/yaml-file.ts';

/** A file that App Engine answers with where it cannot hand a request to the service. */
export interface ErrorHandler {
  readonly errorCode: 'default' | 'over_quota' | 'dos_api_denial' | 'timeout';
  /** Relative to the folder of the app.yaml. */
  readonly file: string;
  readonly mimeType: string;
}

const ERROR_CODES = /^(default|over_quota|dos_api_denial|timeout)$/;

/** Reads `error_handlers`. */
export function parseErrorHandlers(yaml: YamlFile, value: unknown): ErrorHandler[] {
  return (yaml.list(value, ['error_handlers'], 'error_handlers') ?? []).flatMap((item, index) => {
    const path = ['error_handlers', index];
    const handler = yaml.mapping(item, path, 'an error handler', ['error_code', 'file', 'mime_type']);
    if (!handler) return [];
    const text = (key: string, pattern: RegExp, expected: string) =>
      yaml.text(handler[key], [...path, key], `"${key}"`, pattern, expected);
    if (handler['file'] === undefined) yaml.problem(path, 'an error handler needs "file"');
    const errorCode = text('error_code', ERROR_CODES, 'default, over_quota, dos_api_denial or timeout');
    const file = text('file', /./, 'a file');
    const mimeType = text('mime_type', /./, 'a MIME type such as text/html') ?? 'text/html';
    if (file === undefined) return [];
    return [{ errorCode: (errorCode ?? 'default') as ErrorHandler['errorCode'], file, mimeType }];
  });
}
