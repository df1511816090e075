import type { ServiceContext } from '@waybill/service-kit';
import { type Html, textOf } from '@waybill/service-kit/html';
import type { Sessions } from '../access/sessions.ts';
import type { AssetPaths } from '../assets/asset-routes.ts';
import { type Frame, layout } from './layout.ts';

/** Renders pages, and responds with them. */
export class PageRenderer {
  readonly sessions: Sessions;
  readonly #project: string;
  readonly #hasLocal: boolean;
  readonly #assets: AssetPaths;

  constructor(options: { sessions: Sessions; project: string; hasLocal: boolean; assets: AssetPaths }) {
    this.sessions = options.sessions;
    this.#project = options.project;
    this.#hasLocal = options.hasLocal;
    this.#assets = options.assets;
  }

  /** The frame of a page; `path` is its entry in the navigation. */
  frame(ctx: ServiceContext, path: string): Frame {
    return {
      identity: this.sessions.identityOf(ctx),
      token: this.sessions.tokenOf(ctx),
      project: this.#project,
      hasLocal: this.#hasLocal,
      path,
      assets: this.#assets,
    };
  }

  /** Responds with a page. */
  respond(
    ctx: ServiceContext,
    page: { path: string; title: string; status?: number; refreshSeconds?: number },
    content: (frame: Frame) => Html,
  ): void {
    const frame = this.frame(ctx, page.path);
    const { title, refreshSeconds } = page;
    const whole = layout(frame, {
      title,
      content: content(frame),
      ...(refreshSeconds !== undefined && { refreshSeconds }),
    });
    ctx.status = page.status ?? 200;
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = textOf(whole);
  }
}
