import type { ApiVersion, IAppEngineRouting } from './api-version.ts';
import { refusePull } from './refuse-pull.ts';

interface BetaQueue {
  readonly appEngineHttpQueue?: { readonly appEngineRoutingOverride?: IAppEngineRouting | null } | null;
  readonly type?: unknown;
}

const ROUTING_PATH = /^app_engine_http_queue(?:\.(app_engine_routing_override.*))?$/;

export const V2BETA3: ApiVersion = {
  name: 'v2beta3',
  hiddenSettings: [],
  hasSettableBurst: true,
  toMaskPath(path) {
    const routing = ROUTING_PATH.exec(path);
    if (routing !== null) return routing[1] ?? 'app_engine_routing_override';
    return path.startsWith('app_engine_routing_override') ? undefined : path;
  },
  readQueue(queue) {
    const { appEngineHttpQueue, type, ...rest } = queue as BetaQueue;
    if (type === 'PULL') refusePull('google.cloud.tasks.v2beta3.Queue.type PULL');
    const appEngineRoutingOverride = appEngineHttpQueue?.appEngineRoutingOverride;
    return { ...rest, ...(appEngineRoutingOverride && { appEngineRoutingOverride }) };
  },
  writeQueue({ appEngineRoutingOverride, ...rest }) {
    return {
      ...rest,
      type: 'PUSH',
      ...(appEngineRoutingOverride && { appEngineHttpQueue: { appEngineRoutingOverride } }),
    };
  },
  readTask(task) {
    if ((task as { pullMessage?: unknown }).pullMessage) {
      refusePull('google.cloud.tasks.v2beta3.Task.pull_message');
    }
    return task;
  },
  writeTask: (task) => task,
};
