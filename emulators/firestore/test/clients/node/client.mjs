// Calls the methods of Firestore with the official client: node client.mjs grpc|rest
import { AggregateField, FieldValue, Filter, Firestore } from '@google-cloud/firestore';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';

const { FIRESTORE_EMULATOR_HOST: host, PROJECT: projectId } = process.env;
// Over REST the client asks for credentials, emulator or not: this one sends none.
const rest = { preferRest: true, authClient: new PassThroughClient() };
const db = new Firestore({ projectId, host, ssl: false, ...(process.argv[2] === 'rest' && rest) });
const cities = db.collection('cities');
const zurich = cities.doc('zurich');

function print(method, ...values) {
  process.stdout.write(`${[method, ...values].join(' ')}\n`);
}

function ids(documents) {
  return documents.map(({ id }) => id).sort();
}

async function printRefusal(method, call) {
  const code = await call.then(
    () => 'OK',
    (error) => grpc.status[error.code] ?? error.message,
  );
  print(method, code);
}

async function printCity(method) {
  const city = (await zurich.get()).data();
  print(method, city.name, city.people, city.area?.km2 ?? '-');
}

await cities.doc('bern').set({ name: 'Bern', people: 140 });
await cities.doc('basel').set({ name: 'Basel', people: 180 });
await zurich.set({ name: 'Zurich', people: 450, tags: ['lake'] });
await printCity('set');
await printRefusal('create', zurich.create({ name: 'Zurich' }));
await zurich.update({ people: 451, 'area.km2': 88 });
await printCity('update');
await printRefusal('update', cities.doc('missing').update({ people: 1 }));
await zurich.set({ people: 452, area: { km2: 1 } }, { mergeFields: ['people'] });
await printCity('merge');
await zurich.update({
  people: FieldValue.increment(8),
  tags: FieldValue.arrayUnion('lake', 'river'),
  at: FieldValue.serverTimestamp(),
  area: FieldValue.delete(),
});
await printCity('transform');
const { tags, at } = (await zurich.get()).data();
print('transform', tags.length, at.toMillis() > 0);
print('get', (await zurich.get()).exists, (await cities.doc('missing').get()).exists);
const found = await db.getAll(zurich, cities.doc('bern'), cities.doc('missing'));
print('getAll', ids(found.filter(({ exists }) => exists)), ids(found.filter(({ exists }) => !exists)));
const large = await cities.where('people', '>', 150).orderBy('people', 'desc').get();
print(
  'query',
  large.docs.map(({ id }) => id),
);
print('query', ids((await cities.where('tags', 'array-contains', 'river').limit(1).get()).docs));
const either = Filter.or(Filter.where('people', '==', 140), Filter.where('name', '==', 'Zurich'));
print('or', ids((await cities.where(either).get()).docs));
const aggregates = {
  n: AggregateField.count(),
  sum: AggregateField.sum('people'),
  avg: AggregateField.average('people'),
};
const { n, sum, avg } = (await cities.aggregate(aggregates).get()).data();
print('aggregate', n, sum, avg);
const people = await db.runTransaction(async (transaction) => {
  const before = (await transaction.get(zurich)).get('people');
  transaction.update(zurich, { people: before + 1 });
  return before;
});
print('transaction', people, (await zurich.get()).get('people'));
await db.batch().set(cities.doc('geneva'), { people: 200 }).delete(cities.doc('basel')).commit();
print('batch', ids((await cities.get()).docs));
const writer = db.bulkWriter();
const written = writer.set(cities.doc('lausanne'), { people: 140 });
const refused = writer.create(cities.doc('bern'), { people: 1 });
await Promise.all([written, printRefusal('batchWrite', refused), writer.close()]);
print('listDocuments', ids(await cities.listDocuments()));
await zurich.collection('districts').doc('1').set({});
print('listCollections', ids(await db.listCollections()), ids(await zurich.listCollections()));
await new Promise((resolve, reject) => {
  const stop = cities.where('people', '>', 300).onSnapshot((snapshot) => {
    const [change] = snapshot.docChanges();
    print('listen', change.type, change.doc.id, change.doc.get('people'));
    if (change.type === 'added') return void zurich.update({ people: 462 }).catch(reject);
    stop();
    resolve();
  }, reject);
});
const { updateTime: lastUpdateTime } = await cities.doc('bern').get();
await printRefusal('delete', zurich.delete({ lastUpdateTime }));
await zurich.delete();
print('delete', (await zurich.get()).exists);
await db.terminate();
