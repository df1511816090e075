import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { DocumentStore } from '../store/document-store.ts';
import { presentView } from '../store/read-view.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { ListenTarget } from './listen-target.ts';
import type { TargetSource } from './target-source.ts';

describe('ListenTarget', () => {
  it('tells nothing of a document that comes and goes before its client is told', () => {
    const source: TargetSource = {
      run: () => [],
      *prepare() {
        yield;
        return [];
      },
      covers: () => true,
      project: (document) => document,
      limited: undefined,
      names: [],
    };
    const store = new DocumentStore({ clock: new MovableClock() });
    after(() => store.close());
    const view = presentView(store);
    const document: StoredDocument = {
      name: 'projects/p/databases/d/documents/c/a',
      fields: new Map(),
      createMicros: 1,
      updateMicros: 1,
      dataBytes: 0,
    };
    const { name } = document;
    const target = new ListenTarget(1, source, false);
    target.start(view, 'start', { readMicros: 3, resumeToken: new Uint8Array() });
    assert.equal(target.isDirty, false);
    assert.equal(target.note({ name, before: undefined, after: document }), true);
    assert.equal(target.note({ name, before: document, after: undefined }), true);
    assert.equal(target.isDirty, true);
    assert.deepEqual(target.advance(view), []);
    assert.equal(target.isDirty, false);
  });
});
