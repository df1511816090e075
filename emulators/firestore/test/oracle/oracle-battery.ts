import {
  AggregateField,
  FieldPath,
  FieldValue,
  Filter,
  type Firestore,
  GeoPoint,
  type Query,
  Timestamp,
  type WhereFilterOp,
} from '@google-cloud/firestore';

/** One thing to try on two servers. What `run` returns, or the code of its error, has to be the same. */
export interface BatteryCase {
  readonly title: string;
  run(db: Firestore): Promise<unknown>;
}

/** One value of each type, and those at the edges of the order. By their documents' ids. */
function sampleValues(db: Firestore): Record<string, unknown> {
  return {
    null: null,
    false: false,
    true: true,
    nan: Number.NaN,
    negativeInfinity: Number.NEGATIVE_INFINITY,
    minusOne: -1,
    minusZero: -0,
    zero: 0,
    half: 0.5,
    one: 1,
    tenTo17: 1e17,
    infinity: Number.POSITIVE_INFINITY,
    time: Timestamp.fromMillis(1_000),
    laterTime: new Timestamp(1, 1_000),
    emptyString: '',
    a: 'a',
    aa: 'aa',
    accented: 'é',
    privateUse: '\ue000',
    astral: '\u{1f600}',
    emptyBytes: Buffer.alloc(0),
    bytes: Buffer.from([1]),
    moreBytes: Buffer.from([1, 0]),
    reference: db.doc('c/a'),
    deeperReference: db.doc('c/a/d/a'),
    otherReference: db.doc('c/b'),
    numericReference: db.doc('c/__id7__'),
    geo: new GeoPoint(0, 1),
    otherGeo: new GeoPoint(1, 0),
    emptyArray: [],
    array: [1],
    arrayOfDouble: [1.5],
    longerArray: [1, 2],
    arrayOfString: ['a'],
    arrayOfNull: [null],
    arrayOfNan: [Number.NaN],
    vector: FieldValue.vector([1, 2]),
    otherVector: FieldValue.vector([9]),
    emptyMap: {},
    map: { a: 1 },
    otherMap: { a: 2 },
    longerMap: { a: 1, b: 1 },
    laterMap: { b: 0 },
  };
}

const COMPARISONS: readonly WhereFilterOp[] = ['<', '<=', '>', '>=', '==', '!=', 'array-contains'];

/** The whole battery. Each case has the database to itself, but for the samples in collection `samples`. */
export function battery(db: Firestore): BatteryCase[] {
  return [...orderCases(), ...comparisonCases(db), ...listCases(), ...shapeCases(), ...writeCases()];
}

/** Fills `samples`: a document per value in field `x`, one without it; and some with several fields. */
export async function prepareSamples(db: Firestore): Promise<void> {
  const batch = db.batch();
  for (const [id, x] of Object.entries(sampleValues(db))) batch.set(db.doc(`samples/${id}`), { x });
  batch.set(db.doc('samples/lacking'), { y: 1 });
  for (let index = 0; index < 12; index++) {
    batch.set(db.doc(`rows/r${index}`), {
      a: index % 3,
      b: index % 4,
      c: { d: index },
      tags: [`t${index % 2}`, `u${index % 5}`],
      ...(index % 4 === 0 ? {} : { sometimes: index }),
    });
    batch.set(db.doc(`rows/r${index}/leaves/l${index % 3}`), { n: index });
  }
  for (const id of ['__id9__', '__id10__', '__id-5__', 'Z', 'a', 'é', '10', '9']) {
    batch.set(db.doc(`names/${id}`), { id });
  }
  batch.set(db.doc('leaves/top'), { n: 100 });
  batch.set(db.doc('onlyNested/x/deep/y'), { n: 1 });
  await batch.commit();
}

async function ids(query: Query): Promise<string[]> {
  return (await query.get()).docs.map((doc) => doc.ref.path);
}

function orderCases(): BatteryCase[] {
  return [
    { title: 'orders all types', run: async (db) => ids(db.collection('samples').orderBy('x')) },
    {
      title: 'orders all types descending',
      run: async (db) => ids(db.collection('samples').orderBy('x', 'desc')),
    },
    { title: 'orders names', run: async (db) => ids(db.collection('names')) },
    {
      title: 'leaves out what lacks the field',
      run: async (db) => ids(db.collection('rows').orderBy('sometimes')),
    },
    {
      title: 'orders by two fields',
      run: async (db) => ids(db.collection('rows').orderBy('a', 'desc').orderBy('b')),
    },
    {
      title: 'orders by a field in a map',
      run: async (db) => ids(db.collection('rows').orderBy('c.d', 'desc')),
    },
  ];
}

function comparisonCases(db: Firestore): BatteryCase[] {
  return Object.entries(sampleValues(db)).flatMap(([name, value]) =>
    COMPARISONS.map((op) => ({
      title: `where x ${op} ${name}`,
      run: async () => ids(db.collection('samples').where('x', op, value)),
    })),
  );
}

function listCases(): BatteryCase[] {
  const lists: Record<string, unknown[]> = {
    'numbers and a string': [1, 0.5, 'a'],
    'null and one': [null, 1],
    'NaN and one': [Number.NaN, 1],
    'an array': [[1]],
    'a map': [{ a: 1 }, false],
    'an integer zero': [0],
  };
  return Object.entries(lists).flatMap(([name, values]) =>
    (['in', 'not-in', 'array-contains-any'] as const).map((op) => ({
      title: `where x ${op} ${name}`,
      run: (db: Firestore) => ids(db.collection('samples').where('x', op, values)),
    })),
  );
}

function shapeCases(): BatteryCase[] {
  const rows = (db: Firestore) => db.collection('rows');
  const cases: Record<string, (db: Firestore) => Promise<unknown>> = {
    'two equalities': async (db) => ids(rows(db).where('a', '==', 1).where('b', '==', 2)),
    'equality and range': async (db) => ids(rows(db).where('a', '==', 1).where('c.d', '>', 3)),
    'ranges of two fields': async (db) => ids(rows(db).where('a', '>', 0).where('b', '<', 3)),
    'ranges of two fields, one ordered': async (db) =>
      ids(rows(db).where('a', '>', 0).where('b', '<', 3).orderBy('b', 'desc')),
    'array-contains and equality': async (db) =>
      ids(rows(db).where('tags', 'array-contains', 't1').where('a', '==', 1)),
    'array-contains-any in order': async (db) =>
      ids(rows(db).where('tags', 'array-contains-any', ['u1', 'u2']).orderBy('c.d', 'desc')),
    'in and order': async (db) => ids(rows(db).where('a', 'in', [0, 2]).orderBy('b')),
    'not-in': async (db) => ids(rows(db).where('a', 'not-in', [0, 2])),
    or: async (db) => ids(rows(db).where(Filter.or(Filter.where('a', '==', 0), Filter.where('b', '==', 1)))),
    'and of ors': async (db) =>
      ids(
        rows(db).where(
          Filter.and(
            Filter.or(Filter.where('a', '==', 0), Filter.where('a', '==', 1)),
            Filter.or(Filter.where('b', '>', 2), Filter.where('b', '<', 1)),
          ),
        ),
      ),
    'or with an inequality': async (db) =>
      ids(rows(db).where(Filter.or(Filter.where('c.d', '==', 0), Filter.where('sometimes', '>', 3)))),
    'or with an order': async (db) =>
      ids(
        rows(db)
          .where(Filter.or(Filter.where('a', '==', 0), Filter.where('sometimes', '>', 3)))
          .orderBy('c.d', 'desc'),
      ),
    'name in': async (db) => ids(rows(db).where(FieldPath.documentId(), 'in', ['r3', 'r1', 'nope'])),
    'name range': async (db) =>
      ids(rows(db).where(FieldPath.documentId(), '>', 'r10').where(FieldPath.documentId(), '<=', 'r3')),
    'name not equal': async (db) => ids(rows(db).where(FieldPath.documentId(), '!=', 'r3')),
    'name range, field order': async (db) =>
      ids(rows(db).where(FieldPath.documentId(), '>', 'r3').orderBy('a')),
    limit: async (db) => ids(rows(db).orderBy('c.d').limit(3)),
    offset: async (db) => ids(rows(db).orderBy('c.d').offset(10)),
    'offset beyond the end': async (db) => ids(rows(db).offset(100).limit(2)),
    limitToLast: async (db) => ids(rows(db).orderBy('c.d').limitToLast(3)),
    startAt: async (db) => ids(rows(db).orderBy('a').orderBy('b').startAt(1, 2)),
    'startAfter a prefix': async (db) => ids(rows(db).orderBy('a').orderBy('b').startAfter(1)),
    'endAt descending': async (db) => ids(rows(db).orderBy('a', 'desc').endAt(1)),
    'endBefore of another type': async (db) => ids(rows(db).orderBy('a').endBefore('x')),
    'cursors by name': async (db) =>
      ids(rows(db).orderBy(FieldPath.documentId()).startAfter('r10').endBefore('r5')),
    'startAfter a document': async (db) =>
      ids(
        rows(db)
          .where('a', '>', 0)
          .startAfter(await db.doc('rows/r4').get()),
      ),
    'collection group': async (db) => ids(db.collectionGroup('leaves')),
    'collection group in order': async (db) =>
      ids(db.collectionGroup('leaves').orderBy('n', 'desc').limit(4)),
    'collection group where': async (db) => ids(db.collectionGroup('leaves').where('n', '>', 8)),
    'nested collection': async (db) => ids(db.collection('rows/r1/leaves')),
    select: async (db) =>
      (await rows(db).select('c.d', 'sometimes').limit(2).get()).docs.map((doc) => doc.data()),
    'select nothing': async (db) => (await rows(db).select().limit(2).get()).docs.map((doc) => doc.data()),
    count: async (db) => (await rows(db).where('a', '==', 1).count().get()).data(),
    'count with limit and offset': async (db) => (await rows(db).offset(2).limit(4).count().get()).data(),
    'sum and average': async (db) => aggregates(rows(db), 'sometimes'),
    'sum and average of none': async (db) => aggregates(rows(db).where('a', '==', 77), 'c.d'),
    'sum and average over all types': async (db) => aggregates(db.collection('samples'), 'x'),
    'sum of finite numbers': async (db) =>
      aggregates(db.collection('samples').where('x', '>', -2).where('x', '<', 2), 'x'),
    'count of a group': async (db) => (await db.collectionGroup('leaves').count().get()).data(),
    listCollections: async (db) => (await db.listCollections()).map(({ path }) => path).sort(),
    'listCollections of a document': async (db) =>
      (await db.doc('rows/r1').listCollections()).map(({ path }) => path),
    listDocuments: async (db) => (await rows(db).listDocuments()).map(({ path }) => path),
    'listDocuments that are missing': async (db) =>
      (await db.collection('onlyNested').listDocuments()).map(({ path }) => path),
    'getAll with a mask': async (db) =>
      (await db.getAll(db.doc('rows/r1'), db.doc('rows/none'), { fieldMask: ['c.d', 'tags'] })).map((doc) => [
        doc.ref.path,
        doc.exists,
        doc.data() ?? null,
      ]),
  };
  return Object.entries(cases).map(([title, run]) => ({ title, run }));
}

async function aggregates(query: Query, field: string): Promise<unknown> {
  const sum = (await query.aggregate({ sum: AggregateField.sum(field) }).get()).data();
  const average = (await query.aggregate({ average: AggregateField.average(field) }).get()).data();
  const all = await query
    .aggregate({
      count: AggregateField.count(),
      sum: AggregateField.sum(field),
      average: AggregateField.average(field),
    })
    .get();
  return { sum, average, all: all.data() };
}

function writeCases(): BatteryCase[] {
  const cases: Record<string, (db: Firestore) => Promise<unknown>> = {
    'set replaces': async (db) => {
      await db.doc('w/replaced').set({ a: 1, b: 2 });
      await db.doc('w/replaced').set({ b: 3 });
      return read(db, 'w/replaced');
    },
    'set merges': async (db) => {
      await db.doc('w/merged').set({ a: { x: 1, y: 2 }, b: 2 });
      await db.doc('w/merged').set({ a: { y: 3 }, c: FieldValue.delete() }, { merge: true });
      return read(db, 'w/merged');
    },
    'set merges named fields': async (db) => {
      await db.doc('w/mergedFields').set({ a: { x: 1, y: 2 }, b: 2 });
      await db.doc('w/mergedFields').set({ a: { y: 3 }, b: 9 }, { mergeFields: ['a.y'] });
      return read(db, 'w/mergedFields');
    },
    'merging nothing makes a document': async (db) => {
      await db.doc('w/mergedEmpty').set({}, { merge: true });
      return read(db, 'w/mergedEmpty');
    },
    'merging an empty map': async (db) => {
      await db.doc('w/mergedMap').set({ a: { x: 1 } });
      await db.doc('w/mergedMap').set({ a: {} }, { merge: true });
      return read(db, 'w/mergedMap');
    },
    'update of dotted and quoted paths': async (db) => {
      await db.doc('w/updated').set({ a: { x: 1, y: 2 }, 'with.dot': 1, 'with`tick': 1, n: 1 });
      await db
        .doc('w/updated')
        .update('a.x', 7, new FieldPath('with.dot'), 2, new FieldPath('with`tick', 'z'), 3);
      await db
        .doc('w/updated')
        .update({ 'n.deep': 1, 'a.y': FieldValue.delete(), 'gone.too': FieldValue.delete() });
      return read(db, 'w/updated');
    },
    'update of a missing document': async (db) => db.doc('w/none').update({ a: 1 }),
    'create of an existing document': async (db) => {
      await db.doc('w/created').set({ a: 1 });
      await db.doc('w/created').create({ a: 2 });
    },
    'delete of a missing document': async (db) => {
      await db.doc('w/none').delete();
    },
    'delete that requires existence': async (db) => db.doc('w/none').delete({ exists: true }),
    'stale lastUpdateTime': async (db) => {
      const { writeTime } = await db.doc('w/stale').set({ a: 1 });
      await db.doc('w/stale').set({ a: 2 });
      await db.doc('w/stale').update({ a: 3 }, { lastUpdateTime: writeTime });
    },
    'fresh lastUpdateTime': async (db) => {
      const { writeTime } = await db.doc('w/fresh').set({ a: 1 });
      await db.doc('w/fresh').update({ a: 3 }, { lastUpdateTime: writeTime });
      return read(db, 'w/fresh');
    },
    'a batch with a failing write leaves nothing': async (db) => {
      const batch = db.batch().set(db.doc('w/half'), { a: 1 }).update(db.doc('w/none'), { a: 1 });
      const code = await batch.commit().then(
        () => 0,
        (error: { code: number }) => error.code,
      );
      return [code, await read(db, 'w/half')];
    },
    'a batch in order': async (db) => {
      const ref = db.doc('w/ordered');
      await db.batch().set(ref, { a: 1 }).update(ref, { b: 2 }).delete(ref).set(ref, { c: 3 }).commit();
      return read(db, 'w/ordered');
    },
    increments: async (db) => {
      const ref = db.doc('w/incremented');
      await ref.set({ i: 1, d: 0.5, s: 'x' });
      await ref.update({
        i: FieldValue.increment(2),
        d: FieldValue.increment(2),
        s: FieldValue.increment(5),
        none: FieldValue.increment(-1),
        'map.deep': FieldValue.increment(0.5),
      });
      await ref.update({ i: FieldValue.increment(0.25) });
      return read(db, 'w/incremented');
    },
    'array changes': async (db) => {
      const ref = db.doc('w/arrays');
      await ref.set({ a: [1, 'x', 1, { m: 1 }, Number.NaN, null], n: 1 });
      await ref.update({
        a: FieldValue.arrayUnion(1.5, 'x', { m: 1 }, Number.NaN, 2),
        n: FieldValue.arrayUnion(1, 1),
        none: FieldValue.arrayUnion(),
      });
      await ref.update({ a: FieldValue.arrayRemove(1, { m: 1 }, null, Number.NaN) });
      return read(db, 'w/arrays');
    },
    'two server timestamps are equal': async (db) => {
      const ref = db.doc('w/times');
      await ref.set({ a: FieldValue.serverTimestamp(), m: { b: FieldValue.serverTimestamp() } });
      const data = await ref.get();
      return (data.get('a') as Timestamp).isEqual(data.get('m.b') as Timestamp);
    },
    'a write that changes nothing keeps the update time': async (db) => {
      const first = await db.doc('w/unchanged').set({ a: 1, m: { x: [1] } });
      const second = await db.doc('w/unchanged').set({ m: { x: [1] }, a: 1 });
      const third = await db.doc('w/unchanged').set({ m: { x: [1] }, a: 2 });
      return [first.writeTime.isEqual(second.writeTime), second.writeTime.isEqual(third.writeTime)];
    },
    'timestamps are kept to the microsecond': async (db) => {
      await db.doc('w/micros').set({ t: new Timestamp(5, 123_456_789) });
      return read(db, 'w/micros');
    },
    'reserved ids are refused': async (db) => db.doc('w/__reserved__').set({ a: 1 }),
    'reserved field names are refused': async (db) => db.doc('w/reservedField').set({ __a__: 1 }),
    'a document of 1 MiB is refused': (db) => db.doc('w/big').set({ a: 'x'.repeat(1_048_577) }),
    'arrays in arrays are refused': async (db) => db.doc('w/nested').set({ a: [[1]] }),
    'maps 19 levels deep are kept': async (db) =>
      db
        .doc('w/deep')
        .set({ a: nested(19) })
        .then(() => 'kept'),
    'maps 21 levels deep are refused': async (db) =>
      db
        .doc('w/tooDeep')
        .set({ a: nested(21) })
        .then(() => 'kept'),
  };
  return Object.entries(cases).map(([title, run]) => ({ title, run }));
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

async function read(db: Firestore, path: string): Promise<unknown> {
  const snapshot = await db.doc(path).get();
  return snapshot.exists ? snapshot.data() : 'missing';
}
