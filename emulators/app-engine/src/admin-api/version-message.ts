/** A version as gcloud creates it: the Admin API's `Version`, without what the emulator never reads. */
export interface VersionMessage {
  readonly id: string;
  readonly runtime: string;
  readonly env: string;
  readonly instanceClass: string;
  readonly entrypoint: { readonly shell?: string };
  readonly envVariables: Readonly<Record<string, string>>;
  readonly buildEnvVariables: Readonly<Record<string, string>>;
  readonly inboundServices: readonly string[];
  readonly defaultExpiration: string;
  readonly handlers: readonly UrlMap[];
  readonly errorHandlers: readonly {
    readonly errorCode?: string;
    readonly staticFile?: string;
    readonly mimeType?: string;
  }[];
  readonly automaticScaling: Readonly<Record<string, unknown>> & {
    readonly standardSchedulerSettings?: Readonly<Record<string, unknown>>;
  };
  readonly basicScaling: { readonly idleTimeout?: string; readonly maxInstances?: number };
  readonly manualScaling: { readonly instances?: number };
  readonly deployment: {
    readonly files?: Readonly<Record<string, { sha1Sum?: string; sourceUrl?: string }>>;
  };
}

/** The Admin API's `UrlMap`. */
interface UrlMap {
  readonly urlRegex?: string;
  readonly script?: { readonly scriptPath?: string };
  readonly staticFiles?: {
    readonly path?: string;
    readonly uploadPathRegex?: string;
    readonly mimeType?: string;
    readonly expiration?: string;
    readonly httpHeaders?: Readonly<Record<string, string>>;
    readonly requireMatchingFile?: boolean;
  };
}

/** Writes an app.yaml that says the same as a version's message. JSON is YAML. */
export function appYamlText(service: string, version: Partial<VersionMessage>): string {
  return `${JSON.stringify(withoutUndefined(appYamlOf(service, version)), null, 2)}\n`;
}

function appYamlOf(service: string, version: Partial<VersionMessage>): object {
  return {
    runtime: version.runtime,
    service,
    entrypoint: version.entrypoint?.shell,
    instance_class: version.instanceClass,
    env_variables: version.envVariables,
    build_env_variables: version.buildEnvVariables,
    default_expiration: version.defaultExpiration,
    inbound_services: version.inboundServices?.map((name) =>
      name.replace('INBOUND_SERVICE_', '').toLowerCase(),
    ),
    handlers: version.handlers?.map(handlerOf),
    error_handlers: version.errorHandlers?.map(({ errorCode, staticFile, mimeType }) => ({
      error_code: errorCode?.replace('ERROR_CODE_', '').toLowerCase(),
      file: staticFile,
      mime_type: mimeType,
    })),
    automatic_scaling: version.automaticScaling && automaticScalingOf(version.automaticScaling),
    basic_scaling: version.basicScaling && {
      max_instances: version.basicScaling.maxInstances,
      idle_timeout: version.basicScaling.idleTimeout,
    },
    manual_scaling: version.manualScaling,
  };
}

function handlerOf({ urlRegex, script, staticFiles }: UrlMap): object {
  if (staticFiles === undefined) return { url: urlRegex, script: script?.scriptPath ?? 'auto' };
  return {
    url: urlRegex,
    static_files: staticFiles.path,
    upload: staticFiles.uploadPathRegex,
    mime_type: staticFiles.mimeType,
    expiration: staticFiles.expiration,
    http_headers: staticFiles.httpHeaders,
    require_matching_file: staticFiles.requireMatchingFile,
  };
}

function automaticScalingOf({
  standardSchedulerSettings,
  ...settings
}: VersionMessage['automaticScaling']): object {
  const entries = Object.entries({ ...settings, ...standardSchedulerSettings }).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return Object.fromEntries(entries) as object;
}

/** Members without a value, which an app.yaml leaves out. */
function withoutUndefined(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
