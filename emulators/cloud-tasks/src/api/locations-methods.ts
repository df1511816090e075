import { CloudTasksError, invalidArgument } from '../engine/cloud-tasks-error.ts';
import { isLocation, LOCATIONS } from '../engine/locations.ts';
import { pageLimit } from '../engine/page-token.ts';
import { parseLocationName } from '../engine/resource-names.ts';
import type { UnaryMethod } from './api-services.ts';

/** google.cloud.location.Locations: where queues can be. */
export function createLocationsMethods(): Record<string, UnaryMethod> {
  return {
    ListLocations: async (request) => {
      const { name = '', pageSize = 0, pageToken = '' } = request as ListLocationsRequest;
      const rest = LOCATIONS.filter((location) => location > pageToken);
      const locations = rest.slice(0, pageLimit(pageSize, LOCATIONS.length, 'ListLocationsRequest'));
      const hasMore = rest.length > locations.length;
      return {
        locations: locations.map((location) => writeLocation(`${name}/locations/${location}`, location)),
        nextPageToken: hasMore ? (locations.at(-1) ?? '') : '',
      };
    },
    GetLocation: async (request) => {
      const parsed = parseLocationName((request as { name?: string }).name ?? '');
      if (parsed === undefined) throw invalidArgument('Invalid resource field value in the request.');
      const { name, location } = parsed;
      if (!isLocation(location)) {
        throw new CloudTasksError('NOT_FOUND', 'Requested entity was not found.');
      }
      return writeLocation(name, location);
    },
  };
}

interface ListLocationsRequest {
  name?: string;
  pageSize?: number;
  pageToken?: string;
}

function writeLocation(name: string, location: string): object {
  return { name, locationId: location, labels: { 'cloud.googleapis.com/region': location } };
}
