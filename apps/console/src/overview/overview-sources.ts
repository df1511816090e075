import type { Catalogue } from '@waybill/contract-kit';
import type { Logger } from '@waybill/service-kit';
import type { TaskSearch } from '@waybill/task-runtime/operator';
import type { QueueService } from '../queues/queue-service.ts';

/** The sources that the overviews read. */
export interface OverviewSources {
  readonly search: TaskSearch;
  readonly queueService: QueueService;
  readonly catalogue: Catalogue;
  readonly logger: Pick<Logger, 'warning'>;
}
