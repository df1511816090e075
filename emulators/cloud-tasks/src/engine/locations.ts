/**
 * The regions in which Cloud Tasks is offered (cloud.google.com/tasks/docs/locations) and App Engine's short name
 * of each, as in `uc.r.appspot.com`; undefined where App Engine has none.
 */
const REGIONS: Record<string, string | undefined> = {
  'africa-south1': undefined,
  'asia-east1': 'de',
  'asia-east2': 'df',
  'asia-northeast1': 'an',
  'asia-northeast2': 'dt',
  'asia-northeast3': 'du',
  'asia-south1': 'el',
  'asia-south2': undefined,
  'asia-southeast1': 'as',
  'asia-southeast2': 'et',
  'australia-southeast1': 'ts',
  'australia-southeast2': undefined,
  'europe-central2': 'lm',
  'europe-north1': undefined,
  'europe-southwest1': undefined,
  'europe-west1': 'ew',
  'europe-west2': 'nw',
  'europe-west3': 'ey',
  'europe-west4': undefined,
  'europe-west6': 'oa',
  'europe-west8': undefined,
  'europe-west9': undefined,
  'europe-west10': undefined,
  'europe-west12': undefined,
  'me-central1': undefined,
  'me-central2': undefined,
  'me-west1': undefined,
  'northamerica-northeast1': 'nn',
  'northamerica-northeast2': undefined,
  'southamerica-east1': 'rj',
  'southamerica-west1': undefined,
  'us-central1': 'uc',
  'us-east1': 'ue',
  'us-east4': 'uk',
  'us-east5': undefined,
  'us-south1': undefined,
  'us-west1': 'uw',
  'us-west2': 'wl',
  'us-west3': 'wm',
  'us-west4': 'wn',
};

/** Every location that a queue can be in, in order. */
export const LOCATIONS: readonly string[] = Object.keys(REGIONS);

export function isLocation(location: string): boolean {
  return Object.hasOwn(REGIONS, location);
}

/** What follows the project in the host of an application of that location: `uc.r.appspot.com` and the like. */
export function appEngineHostSuffix(location: string): string {
  const region = REGIONS[location];
  return region === undefined ? 'appspot.com' : `${region}.r.appspot.com`;
}
