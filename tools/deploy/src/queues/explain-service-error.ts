/** The target of a call that failed. */
export interface CallContext {
  readonly project: string;
  readonly location: string;
  /** `host:port` of an emulator, where one is used. */
  readonly endpoint?: string | undefined;
}

const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** Whether the same call for another queue would fail of the same. */
export function isForAllQueues(error: unknown): boolean {
  const forOne: unknown[] = [INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION];
  return codeOf(error) !== undefined && !forOne.includes(codeOf(error));
}

/** An error of Cloud Tasks, or of the search for credentials, in words: what happened, and what to do about it. */
export function explainServiceError(error: unknown, context: CallContext): string {
  const { project, location, endpoint } = context;
  const said = detailsOf(error);
  const advice = adviceFor(codeOf(error), said, context);
  if (advice !== undefined) return `${said}\n  ${advice}`;
  return `${said} (project ${project}, location ${location}${endpoint ? `, at ${endpoint}` : ''})`;
}

function adviceFor(
  code: number | undefined,
  said: string,
  { project, location, endpoint }: CallContext,
): string | undefined {
  if (/default credentials/i.test(said) || code === UNAUTHENTICATED) {
    return 'Log in with `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS; for an emulator give --endpoint host:port.';
  }
  if (/has not been used|is disabled|SERVICE_DISABLED/i.test(said)) {
    return `Enable the API with \`gcloud services enable cloudtasks.googleapis.com --project=${project}\`, wait a minute, then try again.`;
  }
  if (code === PERMISSION_DENIED) {
    return `Check that the project "${project}" exists, and that you have roles/cloudtasks.queueAdmin in it (plan, drift and export need roles/cloudtasks.viewer).`;
  }
  if (/not a valid location|Location must equal/i.test(said)) {
    return `Choose another --location than "${location}"; \`gcloud tasks locations list --project=${project}\` lists them.`;
  }
  if (code === UNAVAILABLE || code === DEADLINE_EXCEEDED || code === undefined) {
    return endpoint === undefined
      ? undefined
      : `Check that an emulator listens at ${endpoint}; \`npm start\` starts one at 127.0.0.1:8123.`;
  }
  if (code === RESOURCE_EXHAUSTED) return 'Wait a minute, then run it again; what is done is not done twice.';
  if (/existed too recently/i.test(said)) {
    return 'A queue of this name was deleted in the last days. Wait until Cloud Tasks forgets it (up to 7 days), or give the queue another name.';
  }
  if (code === ALREADY_EXISTS) return 'Somebody created it meanwhile. Run it again: it is compared anew.';
  return undefined;
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

/** The server's words, without what the client puts before and after them. */
function detailsOf(error: unknown): string {
  const { details, message } = error as { details?: unknown; message?: unknown };
  if (typeof details === 'string' && details !== '') return details;
  if (typeof message !== 'string' || message === '') return String(error);
  return message
    .replace(/^Total timeout of API .* retrying error Error: /, '')
    .replace(/ Resolution note:.*/s, '');
}
