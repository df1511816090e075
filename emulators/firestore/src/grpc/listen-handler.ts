import type { GrpcHandler } from '@waybill/emulator-kit';
import type { ListenHub, OpenStream } from '../listen/listen-hub.ts';
import type { ListenRequest } from '../protocol/messages.ts';
import { asFirestoreError } from '../transactions/firestore-engine.ts';
import { databaseOf } from '../values/resource-name.ts';
import { encodeListenEvent } from './encode-listen-event.ts';
import { type Received, readMessage } from './rpc.ts';

/** Beyond this many unread events a client's further requests are not read either. */
const MAX_QUEUED_EVENTS = 1_000;

/** Listen: one call is one stream, until either side ends it. */
export function listen(hub: ListenHub): GrpcHandler {
  return (call) => {
    let open: OpenStream | undefined;
    let ended = false;
    const release = (): void => {
      ended = true;
      open?.release();
      open = undefined;
    };
    const fail = (error: unknown): void => {
      if (ended) return;
      release();
      const { code, message } = asFirestoreError(error);
      call.fail({ code, details: message });
    };
    // The official client takes a failure before any headers for one of the connection, and repeats the call.
    call.sendMetadata();
    call.on('data', (request: Received<ListenRequest>) => {
      if (ended) return;
      try {
        const message = readMessage(request);
        open ??= hub.open(
          databaseOf(message.database),
          { write: (event) => call.write(encodeListenEvent(event)) },
          fail,
        );
        open.stream.receive(message);
        if (open.stream.queuedEvents > MAX_QUEUED_EVENTS) call.pause();
      } catch (error) {
        fail(error);
      }
    });
    call.on('drain', () => {
      open?.stream.drained();
      if (open !== undefined && open.stream.queuedEvents === 0) call.resume();
    });
    call.on('end', () => {
      if (ended) return;
      release();
      call.end();
    });
    call.on('cancelled', release);
  };
}
