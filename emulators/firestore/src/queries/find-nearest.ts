import { invalidArgument } from '../firestore-error.ts';
import type { WireFindNearest } from '../protocol/messages.ts';
import type { Steps } from '../store/steps.ts';
import { fieldOf, type StoredDocument } from '../store/stored-document.ts';
import { compareNames } from '../values/compare-values.ts';
import { decodeSentValue } from '../values/encode-value.ts';
import { type FieldPath, parseFieldPath, setField } from '../values/field-path.ts';
import { type Value, vectorOf } from '../values/value.ts';
import { sortInSteps } from './sort-in-steps.ts';

/** Source: the comment on `limit` of FindNearest in query.proto. */
const MAX_NEIGHBOURS = 1_000;
/** How many distances a search computes before others may go on. */
const DISTANCES_PER_STEP = 32;

type Distance = (left: readonly number[], right: readonly number[]) => number;

/** A way to measure how far two vectors are apart. */
interface Measure {
  readonly distance: Distance;
  /** Whether the greatest distances are the nearest. */
  readonly descending: boolean;
}

const MEASURES: Readonly<Record<string, Measure>> = {
  EUCLIDEAN: { distance: euclidean, descending: false },
  COSINE: { distance: cosine, descending: false },
  DOT_PRODUCT: { distance: dotProduct, descending: true },
};

/** A search for the documents whose vectors are nearest to a given one. */
export interface NearestSearch {
  readonly field: FieldPath;
  readonly vector: readonly number[];
  readonly measure: Measure;
  readonly limit: number;
  /** Documents farther away are no results. */
  readonly threshold: number | undefined;
  /** Where results have their distance. */
  readonly resultField: FieldPath | undefined;
}

/**
 * Reads a search for nearest neighbours off the wire.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodeFindNearest(wire: WireFindNearest): NearestSearch {
  const field = parseFieldPath(wire.vectorField?.fieldPath ?? '');
  const measure = MEASURES[wire.distanceMeasure];
  if (measure === undefined) throw invalidArgument('Unknown Distance Measure.');
  const limit = wire.limit?.value ?? 0;
  if (limit < 1 || limit > MAX_NEIGHBOURS) {
    throw invalidArgument(`FindNearest.limit must be a positive integer of no more than ${MAX_NEIGHBOURS}`);
  }
  const vector = wire.queryVector === null ? undefined : numbersOf(decodeSentValue(wire.queryVector));
  if (vector === undefined) throw invalidArgument('Query Value must be of type vector.');
  if (vector.some(Number.isNaN)) throw invalidArgument('Vector cannot contain NaN values.');
  const { distanceResultField } = wire;
  return {
    field,
    vector,
    measure,
    limit,
    threshold: wire.distanceThreshold?.value,
    resultField: distanceResultField === '' ? undefined : parseFieldPath(distanceResultField),
  };
}

/** Takes the nearest of some documents, in parts: by distance, then by name. */
export function* nearestSteps(
  search: NearestSearch,
  documents: readonly StoredDocument[],
): Steps<StoredDocument[]> {
  const found: Neighbour[] = [];
  for (const [index, document] of documents.entries()) {
    const distance = distanceTo(search, document);
    if (distance !== undefined) found.push({ document, distance });
    if (index % DISTANCES_PER_STEP === 0) yield;
  }
  const direction = search.measure.descending ? -1 : 1;
  const sorted = yield* sortInSteps(
    found,
    (left, right) =>
      // Two infinite distances have no difference.
      direction * (Number(left.distance > right.distance) - Number(left.distance < right.distance)) ||
      compareNames(left.document.name, right.document.name),
  );
  return sorted.slice(0, search.limit).map((neighbour) => resultOf(search, neighbour));
}

interface Neighbour {
  readonly document: StoredDocument;
  readonly distance: number;
}

/** A document's distance; undefined if it is no result. */
function distanceTo(search: NearestSearch, document: StoredDocument): number | undefined {
  const value = fieldOf(document, search.field);
  const vector = value && numbersOf(value);
  if (vector?.length !== search.vector.length) return undefined;
  const { measure, threshold } = search;
  const distance = measure.distance(vector, search.vector);
  // A vector of zeros has no angle.
  if (Number.isNaN(distance)) return undefined;
  if (threshold === undefined) return distance;
  const isNear = measure.descending ? distance >= threshold : distance <= threshold;
  return isNear ? distance : undefined;
}

function resultOf({ resultField }: NearestSearch, { document, distance }: Neighbour): StoredDocument {
  if (resultField === undefined) return document;
  const { name, createMicros, updateMicros, dataBytes } = document;
  const fields = setField(document.fields, resultField, { kind: 'double', double: distance });
  return { name, createMicros, updateMicros, dataBytes, fields };
}

function numbersOf(value: Value): number[] | undefined {
  return vectorOf(value)?.map((element) => (element.kind === 'double' ? element.double : Number.NaN));
}

function euclidean(left: readonly number[], right: readonly number[]): number {
  return Math.sqrt(left.reduce((sum, value, index) => sum + (value - (right[index] ?? 0)) ** 2, 0));
}

function cosine(left: readonly number[], right: readonly number[]): number {
  // One root of the product: two roots would round, and equal vectors would be apart.
  return 1 - dotProduct(left, right) / Math.sqrt(dotProduct(left, left) * dotProduct(right, right));
}

function dotProduct(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}
