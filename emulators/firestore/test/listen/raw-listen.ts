import { once } from 'node:events';
import {
  type ClientDuplexStream,
  credentials,
  type GrpcObject,
  makeGenericClientConstructor,
} from '@grpc/grpc-js';
import { firestoreService } from '../../src/protocol/firestore-service.ts';

/** A response of Listen as the loader decodes it. */
export interface RawResponse {
  readonly responseType: string;
  readonly targetChange?: {
    readonly targetChangeType: string;
    readonly targetIds: readonly number[];
    readonly resumeToken: Uint8Array;
    readonly readTime: { readonly seconds: string; readonly nanos: number } | null;
    readonly cause: { readonly code: number; readonly message: string } | null;
  };
  readonly documentChange?: {
    readonly document: { readonly name: string; readonly fields: Record<string, unknown> };
    readonly targetIds: readonly number[];
    readonly removedTargetIds: readonly number[];
  };
  readonly documentDelete?: { readonly document: string; readonly removedTargetIds: readonly number[] };
  readonly documentRemove?: { readonly document: string; readonly removedTargetIds: readonly number[] };
  readonly filter?: { readonly targetId: number; readonly count: number };
}

/** One Listen call without the official client: for what that never sends, and for what it hides. */
export interface RawListen {
  send(request: object): void;
  /** The next response; waits for it. */
  next(): Promise<RawResponse>;
  /** Takes responses up to the next consistent snapshot, written short: `ADD 1`, `change a 1`, …; without that itself. */
  snapshot(): Promise<string[]>;
  /** Ends the client's half of the stream. */
  end(): void;
  /** How the call ends. Reads, and drops, all responses that come until then. */
  ended(): Promise<{ code: number; details: string }>;
  close(): void;
}

/** Opens a call; nothing is sent yet. Responses are read only as they are asked for. */
export function openRawListen(port: number): RawListen {
  const Client = makeGenericClientConstructor(firestoreService, 'Firestore', {} as GrpcObject);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const open = client['Listen']?.bind(client) as () => ClientDuplexStream<object, RawResponse>;
  const call = open();
  const status = new Promise<{ code: number; details: string }>((resolve) => {
    call.on('status', ({ code, details }) => resolve({ code, details }));
  });
  // `ended` tells it.
  call.on('error', () => {});
  const next = async (): Promise<RawResponse> => {
    for (;;) {
      const response = call.read() as RawResponse | null;
      if (response !== null) return response;
      await once(call, 'readable');
    }
  };
  return {
    send: (request) => call.write(request),
    next,
    async snapshot() {
      const told: string[] = [];
      for (;;) {
        const response = await next();
        const { targetChange } = response;
        if (targetChange?.targetChangeType === 'NO_CHANGE' && targetChange.targetIds.length === 0)
          return told;
        told.push(shorten(response));
      }
    },
    end: () => call.end(),
    ended() {
      call.resume();
      return status;
    },
    close() {
      call.cancel();
      client.close();
    },
  };
}

/** Writes a response short. */
export function shorten(response: RawResponse): string {
  const { targetChange, documentChange, documentDelete, documentRemove, filter } = response;
  if (targetChange) {
    const { targetChangeType, targetIds, cause } = targetChange;
    return [targetChangeType, ...targetIds, ...(cause === null ? [] : [`(${cause.code})`])].join(' ');
  }
  if (documentChange) {
    const { document, targetIds, removedTargetIds } = documentChange;
    return ['change', idOf(document.name), ...targetIds, ...removedTargetIds.map((id) => `not ${id}`)].join(
      ' ',
    );
  }
  if (documentDelete) return `delete ${idOf(documentDelete.document)} ${documentDelete.removedTargetIds}`;
  if (documentRemove) return `remove ${idOf(documentRemove.document)} ${documentRemove.removedTargetIds}`;
  if (filter) return `count ${filter.count} of ${filter.targetId}`;
  return JSON.stringify(response);
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
