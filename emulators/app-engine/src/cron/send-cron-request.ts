import { request } from 'node:http';
import type { CronJob } from '@waybill/google-config';
import { type AppEngineApplication, appspotHosts } from '../front-door/app-engine-host.ts';
import { trustedTokenHeader } from '../front-door/request-headers.ts';

/** The header by which a service knows cron, and how Google's own requests name themselves. */
const cronHeaders = {
  'X-Appengine-Cron': 'true',
  'User-Agent': 'AppEngine-Google; (+http://code.google.com/appengine)',
};

/**
 * Makes the GET request of a cron job through the front door, so that hosts, dispatch rules and deadlines are the same as
 * for everyone, and gives the status of its answer.
 */
export function sendCronRequest(options: {
  job: CronJob;
  door: { host: string; port: number };
  application: AppEngineApplication;
  trustedToken: string;
  /** Sent beside those that every cron request has. */
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}): Promise<number> {
  const { job, door, signal } = options;
  return new Promise((resolve, reject) => {
    const headers = {
      ...options.headers,
      ...cronHeaders,
      Host: targetHost(job.target, options.application),
      [trustedTokenHeader]: options.trustedToken,
    };
    request({ ...door, path: job.url, headers, agent: false, signal }, (response) => {
      response
        .on('error', reject)
        .on('end', () => resolve(response.statusCode ?? 0))
        .resume();
    })
      .on('error', reject)
      .end();
  });
}

/** App Engine puts the target in front of the application's host name. */
function targetHost(target: string | undefined, application: AppEngineApplication): string {
  const [host = ''] = appspotHosts('default', application);
  if (target === undefined) return host;
  const [service, version] = target.split(':');
  return version === undefined ? `${target}-dot-${host}` : `${version}-dot-${service}-dot-${host}`;
}
