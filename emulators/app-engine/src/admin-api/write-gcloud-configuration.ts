import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '@waybill/emulator-kit';

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
  const ownerOnly = { mode: PRIVATE_FILE_MODE };
  makePrivateFolder(configurations);
  writeFileSync(join(resolve(folder), 'active_config'), 'default', ownerOnly);
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
    ownerOnly,
  );
}
