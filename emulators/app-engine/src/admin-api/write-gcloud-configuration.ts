import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Writes a folder for CLOUDSDK_CONFIG: gcloud then sends what `gcloud app` needs to the Admin API on this machine, without
 * credentials. Its other APIs still are Google's, and refuse a client without credentials.
 * @param options.url of the Admin API
 * @param options.cloudTasks host and port of a Cloud Tasks emulator, for `gcloud tasks`
 */
export function writeGcloudConfiguration(
  folder: string,
  { project, url, cloudTasks }: { project: string; url: string; cloudTasks?: string },
): void {
  const configurations = join(resolve(folder), 'configurations');
  mkdirSync(configurations, { recursive: true, mode: 0o700 });
  writeFileSync(join(resolve(folder), 'active_config'), 'default');
  writeFileSync(
    join(configurations, 'config_default'),
    `[core]
project = ${project}
disable_usage_reporting = true
check_gce_metadata = false

[auth]
disable_credentials = true

[component_manager]
disable_update_check = true

[survey]
disable_prompts = true

[api_endpoint_overrides]
appengine = ${url}
storage = ${url}storage/v1/
cloudscheduler = ${url}
serviceusage = ${url}
${cloudTasks === undefined ? '' : `cloudtasks = http://${cloudTasks}/\n`}`,
  );
}
