import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const rootDir = join(import.meta.dirname, '../../..');

/** A literal of two words or more, in any kind of quotes: a code, or one of {@link OTHER_LITERALS}. */
const LITERAL = /(['"`])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\1/g;
/** A literal of one word where a code is given to an error: a member, a constant, a type, or an argument. */
const WORD =
  /(?:\b(?:code|CODE|\w+_CODE|\w*Code)\??(?: =|:) ?(?:string \| )?|\b(?:super|refused|unavailable|sendProblem|\w+Error|problem)\((?:\w+, )?)(['"`])([A-Z][A-Z0-9]+)\1/g;

/** Literals that are no codes of ours, by what they are. A new literal is a code until it is listed here. */
const OTHER_LITERALS: Readonly<Record<string, string>> = {
  'environment variables and their prefixes': `APP_ENGINE_EMULATOR_SERVICE_TOKEN APP_ENGINE_EMULATOR_TOKEN
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER CLOUD_TASKS_EMULATOR CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER
    CLOUD_TASKS_EMULATOR_DATA_DIR CLOUD_TASKS_EMULATOR_HOST CLOUD_TASKS_EMULATOR_PORT CONSOLE_ACCESS EMULATOR_ALLOW_HOST
    EMULATOR_EXIT_WITH_PARENT FIRESTORE_EMULATOR FIRESTORE_EMULATOR_HOST GCE_METADATA_HOST
    GOOGLE_NODE_RUN_SCRIPTS LC_ALL LISTEN_HOST
    METADATA_SERVER_DETECTION NODE_COMPILE_CACHE SMS_GATEWAY_URL TASK_ROUTING_VERSION TASK_SCHEMAS TASK_SERVICE_URLS
    TASK_TARGET WAREHOUSE_SECRET`,
  "gRPC statuses and reasons of Google's errors": `ALREADY_EXISTS CONSUMER_INVALID FAILED_PRECONDITION INVALID_ARGUMENT
    INVALID_INPUT_ON_HTTP_TARGET_OVERRIDE PERMISSION_DENIED RESOURCE_EXHAUSTED RESOURCE_PROJECT_INVALID
    UNSATISFIED_PRECONDITION_FOR_CMEK UNIMPLEMENTED UNAVAILABLE`,
  "values of Google's enums": `ARRAY_CONTAINS ARRAY_CONTAINS_ANY COLLECTION_GROUP GREATER_THAN GREATER_THAN_OR_EQUAL
    HTTP_METHOD_UNSPECIFIED IF_NOT_EXISTS INGRESS_TRAFFIC_ALLOWED_ALL IS_NAN IS_NOT_NAN IS_NOT_NULL IS_NULL LESS_THAN
    LESS_THAN_OR_EQUAL NOT_EQUAL NOT_IN NO_CHANGE NULL_VALUE PARTIALLY_SUCCEEDED REQUEST_TIME SERVER_VALUE_UNSPECIFIED
    SIGNATURE_REMOVED_BY_GOOGLE URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED VIEW_UNSPECIFIED`,
  "Node's codes and frames of HTTP/2": `ERR_BUFFER_TOO_LARGE ERR_PARSE_ARGS_UNKNOWN_OPTION RST_STREAM WINDOW_UPDATE`,
};
const others = new Set(Object.values(OTHER_LITERALS).flatMap((names) => names.split(/\s+/)));

const sources = globSync('{apps,packages,emulators,tools}/*/src/**/*.ts', { cwd: rootDir })
  .filter((path) => !path.endsWith('.test.ts') && !path.includes('/testing/'))
  .map((path) => ({ path, text: readFileSync(join(rootDir, path), 'utf8') }));
const documented = [
  ...readFileSync(join(rootDir, 'docs/errors.md'), 'utf8').matchAll(/^\|([^|]+)\|/gm),
].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, code]) => code ?? ''));

function codesIn(text: string): string[] {
  return [...text.matchAll(LITERAL), ...text.matchAll(WORD)].map(([, , code]) => code ?? '');
}

describe('docs/errors.md', () => {
  const found = new Map(
    sources.flatMap(({ path, text }) => codesIn(text).map((code) => [code, path] as const)),
  );

  it('is compared with codes of every kind', () => {
    const kinds = [
      "const code = 'A_CODE'",
      "readonly code = 'A_CODE'",
      'code: `A_CODE`',
      "readonly code: 'X_CODE' | 'A_CODE'",
      "sendProblem(response, 'A_CODE', title)",
      "const MISSING = 'A_CODE'",
      'type Code = "A_CODE"',
    ];
    for (const kind of kinds) assert.ok(codesIn(kind).includes('A_CODE'), kind);
    for (const kind of [
      "code: 'WORD'",
      "const code = 'WORD'",
      "refused('WORD', x)",
      "sendProblem(response, 'WORD')",
    ]) {
      assert.deepEqual(codesIn(kind), ['WORD'], kind);
    }
  });

  for (const [code, path] of found) {
    if (others.has(code)) continue;
    it(`tells of ${code} (${path})`, () => assert.ok(documented.includes(code)));
  }

  for (const code of new Set(documented)) {
    it(`tells of ${code}, which is there`, () => {
      assert.ok(sources.some(({ text }) => new RegExp(`['"\`]${code}['"\`]`).test(text)));
    });
  }

  for (const name of others) {
    it(`knows that ${name} is no code of ours`, () => {
      assert.ok(found.has(name), 'no source has it any more: remove it from OTHER_LITERALS');
      assert.ok(!documented.includes(name));
    });
  }
});
