import type { GrpcHandler } from '@waybill/emulator-kit';
import type { WriteRequest } from '../protocol/messages.ts';
import { asFirestoreError, type FirestoreEngine } from '../transactions/firestore-engine.ts';
import { callContext } from './call-context.ts';
import { type Received, readMessage } from './rpc.ts';
import { WriteStream } from './write-stream.ts';

/** With so many requests that wait for the commits before them, a client's further ones are not read. */
const MAX_WAITING_REQUESTS = 50;

/** Write: a stream of commits. A failed one ends it, and those that wait behind it are not applied. */
export function write(engine: FirestoreEngine): GrpcHandler {
  return (call) => {
    const stream = new WriteStream(engine, (database) => callContext(call, database));
    let isOver = false;
    let waiting = 0;
    let before: Promise<void> = Promise.resolve();
    const fail = (error: unknown): void => {
      if (isOver) return;
      isOver = true;
      const { code, message } = asFirestoreError(error);
      call.fail({ code, details: message });
    };
    const apply = async (received: Received<WriteRequest>): Promise<void> => {
      if (isOver) return;
      try {
        const response = await stream.receive(readMessage(received), received.byteLength);
        if (!isOver) call.write(response);
      } catch (error) {
        fail(error);
      }
    };
    // As with Listen, a failure before any headers would be taken for one of the connection.
    call.sendMetadata();
    call.on('data', (received: Received<WriteRequest>) => {
      waiting += 1;
      if (waiting >= MAX_WAITING_REQUESTS) call.pause();
      before = before
        .then(() => apply(received))
        .then(() => {
          waiting -= 1;
          if (!isOver && waiting < MAX_WAITING_REQUESTS) call.resume();
        });
    });
    call.on('end', () => {
      void before.then(() => {
        if (isOver) return;
        isOver = true;
        call.end();
      });
    });
    call.on('cancelled', () => {
      isOver = true;
    });
  };
}
