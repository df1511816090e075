import type { Query, QueryDocumentSnapshot } from '@google-cloud/firestore';

/** Records with payloads: a page may have 50 MB. */
const PAGE_SIZE = 100;

/** Yields the documents of an ordered query, page by page. */
export async function* eachSnapshot(query: Query): AsyncGenerator<QueryDocumentSnapshot> {
  let page = query.limit(PAGE_SIZE);
  for (;;) {
    const { docs } = await page.get();
    yield* docs;
    const last = docs.at(-1);
    if (last === undefined || docs.length < PAGE_SIZE) return;
    page = query.startAfter(last).limit(PAGE_SIZE);
  }
}
