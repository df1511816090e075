import { type DocumentReference, Filter, type Firestore, type Query } from '@google-cloud/firestore';

/** A write, and the one snapshot that follows it, as `tell` writes it. */
interface Step {
  readonly write: (db: Firestore) => Promise<unknown>;
  readonly told: string;
}

/** A listener and what it is told. Holds of this emulator and of Google's. */
export interface ListenCase {
  readonly title: string;
  readonly target: (db: Firestore) => Query | DocumentReference;
  /** Written before the listener starts. */
  readonly seed?: Readonly<Record<string, object>>;
  readonly first: string;
  readonly steps: readonly Step[];
}

const set =
  (path: string, data: object): Step['write'] =>
  (db) =>
    db.doc(path).set(data);
const remove =
  (path: string): Step['write'] =>
  (db) =>
    db.doc(path).delete();

/** All cases. Each has collections of its own, so they can run one after the other on the same data. */
export const listenBattery: readonly ListenCase[] = [
  {
    title: 'a document that is missing, comes, changes, goes and comes again',
    target: (db) => db.doc('la/one'),
    first: 'missing',
    steps: [
      { write: set('la/one', { n: 1 }), told: '{"n":1}' },
      { write: (db) => db.doc('la/one').update({ m: 2 }), told: '{"m":2,"n":1}' },
      { write: remove('la/one'), told: 'missing' },
      { write: set('la/one', { n: 3 }), told: '{"n":3}' },
    ],
  },
  {
    title: 'a document that is there, and others beside it',
    target: (db) => db.doc('lb/one'),
    seed: { 'lb/one': { n: 1 }, 'lb/two': { n: 2 } },
    first: '{"n":1}',
    steps: [
      {
        write: async (db) => {
          await db.doc('lb/two').set({ n: 3 });
          await db.doc('lb/one/sub/one').set({ n: 4 });
          await db.doc('lb/one').set({ n: 5 });
        },
        told: '{"n":5}',
      },
    ],
  },
  {
    title: 'a collection: added, modified, removed',
    target: (db) => db.collection('lc'),
    first: '=',
    steps: [
      { write: set('lc/b', { n: 1 }), told: '+b@0 = b:1' },
      { write: set('lc/a', { n: 2 }), told: '+a@0 = a:2 b:1' },
      { write: set('lc/b', { n: 3 }), told: '~b@1>1 = a:2 b:3' },
      { write: remove('lc/a'), told: '-a@0 = b:3' },
      { write: remove('lc/b'), told: '-b@0 =' },
    ],
  },
  {
    title: 'a write that changes nothing, a delete of nothing, and what lies beside, above and below',
    target: (db) => db.collection('ld/doc/inner'),
    seed: { 'ld/doc/inner/a': { n: 1 } },
    first: '+a@0 = a:1',
    steps: [
      {
        write: async (db) => {
          await db.doc('ld/doc/inner/a').set({ n: 1 });
          await db.doc('ld/doc/inner/none').delete();
          await db.doc('ld/doc').set({ n: 9 });
          await db.doc('ld/other/inner/a').set({ n: 9 });
          await db.doc('ld/doc/inner/a/deeper/a').set({ n: 9 });
          await db.doc('ld/doc/inner/a/inner/a').set({ n: 9 });
          await db.doc('ld/doc/side/a').set({ n: 9 });
          await db.doc('ld/doc/inner/b').set({ n: 2 });
        },
        told: '+b@1 = a:1 b:2',
      },
    ],
  },
  {
    title: 'documents that come to fulfil filters, and cease to',
    target: (db) => db.collection('le').where('on', '==', true).where('n', '>', 1),
    seed: { 'le/a': { n: 5, on: true }, 'le/b': { n: 2, on: false } },
    first: '+a@0 = a:5',
    steps: [
      { write: set('le/b', { n: 2, on: true }), told: '+b@1 = a:5 b:2' },
      { write: set('le/a', { n: 1, on: true }), told: '-a@0 = b:2' },
      { write: remove('le/b'), told: '-b@0 =' },
      { write: set('le/a', { n: 2, on: true }), told: '+a@0 = a:2' },
    ],
  },
  {
    title: 'an alternative of filters',
    target: (db) =>
      db.collection('lf').where(Filter.or(Filter.where('n', '==', 1), Filter.where('m', '==', 1))),
    first: '=',
    steps: [
      { write: set('lf/a', { n: 1 }), told: '+a@0 = a:1' },
      { write: set('lf/a', { m: 1 }), told: '~a@0>0 = a:-' },
      { write: set('lf/a', { m: 2 }), told: '-a@0 =' },
    ],
  },
  {
    title: 'an order: places change, and what lacks the field is left out',
    target: (db) => db.collection('lg').orderBy('n', 'desc'),
    seed: { 'lg/a': { n: 1 }, 'lg/b': { n: 2 }, 'lg/c': { n: 3 } },
    first: '+c@0 +b@1 +a@2 = c:3 b:2 a:1',
    steps: [
      { write: set('lg/a', { n: 4 }), told: '~a@2>0 = a:4 c:3 b:2' },
      { write: set('lg/c', { m: 1 }), told: '-c@1 = a:4 b:2' },
      { write: set('lg/c', { n: 3 }), told: '+c@1 = a:4 c:3 b:2' },
    ],
  },
  {
    title: 'a limit: one enters and another leaves, and comes back',
    target: (db) => db.collection('lh').orderBy('n').limit(2),
    seed: { 'lh/b': { n: 2 }, 'lh/c': { n: 3 }, 'lh/d': { n: 4 } },
    first: '+b@0 +c@1 = b:2 c:3',
    steps: [
      { write: set('lh/a', { n: 1 }), told: '-c@1 +a@0 = a:1 b:2' },
      { write: remove('lh/b'), told: '-b@1 +c@1 = a:1 c:3' },
      { write: set('lh/a', { n: 9 }), told: '-a@0 +d@1 = c:3 d:4' },
      { write: set('lh/d', { n: 5 }), told: '~d@1>1 = c:3 d:5' },
      {
        write: async (db) => {
          await db.doc('lh/z').set({ n: 99 });
          await db.doc('lh/d').set({ n: 1 });
        },
        told: '~d@1>0 = d:1 c:3',
      },
    ],
  },
  {
    title: 'a limit that is not reached, then is, then not again',
    target: (db) => db.collection('li').orderBy('n').limit(2),
    first: '=',
    steps: [
      { write: set('li/a', { n: 1 }), told: '+a@0 = a:1' },
      { write: set('li/b', { n: 3 }), told: '+b@1 = a:1 b:3' },
      { write: set('li/c', { n: 2 }), told: '-b@1 +c@1 = a:1 c:2' },
      { write: remove('li/a'), told: '-a@0 +b@1 = c:2 b:3' },
      { write: remove('li/b'), told: '-b@1 = c:2' },
    ],
  },
  {
    title: 'the last of an order',
    target: (db) => db.collection('lj').orderBy('n').limitToLast(2),
    seed: { 'lj/a': { n: 1 }, 'lj/b': { n: 2 }, 'lj/c': { n: 3 } },
    first: '+b@0 +c@1 = b:2 c:3',
    steps: [
      { write: set('lj/d', { n: 4 }), told: '-b@0 +d@1 = c:3 d:4' },
      { write: remove('lj/c'), told: '-c@0 +b@0 = b:2 d:4' },
    ],
  },
  {
    title: 'a range of cursors',
    target: (db) => db.collection('lk').orderBy('n').startAt(2).endBefore(5),
    seed: { 'lk/a': { n: 1 }, 'lk/b': { n: 2 }, 'lk/e': { n: 5 } },
    first: '+b@0 = b:2',
    steps: [
      { write: set('lk/a', { n: 4 }), told: '+a@1 = b:2 a:4' },
      { write: set('lk/b', { n: 5 }), told: '-b@0 = a:4' },
    ],
  },
  {
    title: 'a collection group',
    target: (db) => db.collectionGroup('lgroup').where('n', '>', 0),
    seed: { 'lgroup/a': { n: 1 }, 'lm/x/lgroup/b': { n: 2 }, 'lm/x/lother/c': { n: 3 } },
    first: '+a@0 +b@1 = a:1 b:2',
    steps: [
      { write: set('lm/y/deep/z/lgroup/d', { n: 4 }), told: '+d@2 = a:1 b:2 d:4' },
      { write: remove('lgroup/a'), told: '-a@0 = b:2 d:4' },
    ],
  },
  {
    title: 'a batch, whole',
    target: (db) => db.collection('ln').orderBy('n'),
    seed: { 'ln/a': { n: 1 }, 'ln/b': { n: 2 }, 'ln/c': { n: 3 } },
    first: '+a@0 +b@1 +c@2 = a:1 b:2 c:3',
    steps: [
      {
        write: (db) =>
          db
            .batch()
            .set(db.doc('ln/d'), { n: 4 })
            .update(db.doc('ln/a'), { n: 5 })
            .delete(db.doc('ln/b'))
            .set(db.doc('ln/c'), { n: 0 })
            .commit(),
        told: '-b@1 +d@2 ~c@1>0 ~a@1>2 = c:0 d:4 a:5',
      },
    ],
  },
  {
    title: 'a transaction, and a document that it deletes and another makes again',
    target: (db) => db.collection('lo'),
    seed: { 'lo/a': { n: 1 } },
    first: '+a@0 = a:1',
    steps: [
      {
        write: (db) =>
          db.runTransaction(async (transaction) => {
            const a = await transaction.get(db.doc('lo/a'));
            transaction.delete(a.ref);
            transaction.set(db.doc('lo/b'), { n: a.get('n') + 1 });
          }),
        told: '-a@0 +b@0 = b:2',
      },
      { write: set('lo/a', { n: 1 }), told: '+a@0 = a:1 b:2' },
    ],
  },
  {
    title: 'a limit that one batch fills and exceeds',
    target: (db) => db.collection('lp').orderBy('n').limit(2),
    seed: { 'lp/c': { n: 3 } },
    first: '+c@0 = c:3',
    steps: [
      {
        write: (db) =>
          db
            .batch()
            .set(db.doc('lp/d'), { n: 4 })
            .set(db.doc('lp/b'), { n: 2 })
            .set(db.doc('lp/a'), { n: 1 })
            .commit(),
        told: '-c@0 +a@0 +b@1 = a:1 b:2',
      },
    ],
  },
];
