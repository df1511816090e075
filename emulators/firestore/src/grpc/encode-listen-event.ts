import type { ListenEvent } from '../listen/listen-event.ts';
import { timestampOfMicros } from '../values/timestamp.ts';
import { encodeStored } from './encode-messages.ts';

/** Writes an event as a ListenResponse. */
export function encodeListenEvent(event: ListenEvent): object {
  switch (event.kind) {
    case 'target': {
      const { change, targetId, at, cause } = event;
      return {
        targetChange: {
          targetChangeType: change,
          targetIds: targetId === undefined ? [] : [targetId],
          ...(at === undefined
            ? {}
            : { resumeToken: at.resumeToken, readTime: timestampOfMicros(at.readMicros) }),
          ...(cause === undefined ? {} : { cause: { code: cause.code, message: cause.message } }),
        },
      };
    }
    case 'changed': {
      const ids = [event.targetId];
      return {
        documentChange: {
          document: encodeStored(event.document),
          ...(event.matches ? { targetIds: ids } : { removedTargetIds: ids }),
        },
      };
    }
    case 'deleted':
      return { documentDelete: absence(event) };
    case 'removed':
      return { documentRemove: absence(event) };
    case 'count':
      return { filter: { targetId: event.targetId, count: event.count } };
  }
}

function absence(event: Extract<ListenEvent, { kind: 'deleted' | 'removed' }>): object {
  return {
    document: event.name,
    removedTargetIds: [event.targetId],
    readTime: timestampOfMicros(event.readMicros),
  };
}
