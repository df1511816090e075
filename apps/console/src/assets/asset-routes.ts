import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import { consoleScript } from './console-script.ts';
import { consoleStyles } from './console-styles.ts';

/** Where the style sheet and the script are; the names change with what they hold. */
export interface AssetPaths {
  readonly css: string;
  readonly script: string;
}

const FILES = {
  'console.css': { type: 'text/css; charset=utf-8', text: consoleStyles },
  'console.js': { type: 'text/javascript; charset=utf-8', text: consoleScript },
} as const;

function pathOf(name: keyof typeof FILES): string {
  return `/assets/${name}?v=${createHash('sha256').update(FILES[name].text).digest('hex').slice(0, 12)}`;
}

export const assetPaths: AssetPaths = { css: pathOf('console.css'), script: pathOf('console.js') };

/** The style sheet and the script, which nobody needs to be let in for. */
export function createAssetRoutes(): Router<ServiceState> {
  const router = new Router<ServiceState>();
  for (const [name, { type, text }] of Object.entries(FILES)) {
    router.get(`/assets/${name}`, (ctx) => {
      ctx.type = type;
      ctx.set('Cache-Control', 'public, max-age=86400');
      ctx.body = text;
    });
  }
  return router;
}
