import { type Catalogue, ContractDefinitionError } from '@waybill/contract-kit';
import { HandlerMissingError } from '../errors.ts';
import type { Compensate } from '../ledger/give-up-task.ts';
import { subjectOfTask } from '../ledger/task-subject.ts';
import { handlerThroughUpCasters } from './handler-through-up-casters.ts';
import type { TaskHandler } from './task-handler.ts';

/** The handler of each contract version, by the path that its tasks are posted to. */
export type HandlersByPath = ReadonlyMap<string, TaskHandler>;

/**
 * Finds the handler of each contract of a service: its own, or a newer version's through up-casters. The contracts of
 * other services are theirs alone.
 * @throws {ContractDefinitionError} if a contract has neither, or two handlers, or a handler has no contract, or one of
 *   another service, or the service has no contract
 */
export function handlersByPath(
  catalogue: Catalogue,
  service: string,
  handlers: readonly TaskHandler[],
): HandlersByPath {
  const problems: string[] = [];
  const contracts = catalogue.ofService(service);
  if (contracts.length === 0) {
    const known = catalogue.services.join(', ');
    problems.push(`the catalogue has no contract of the service "${service}"; it has those of ${known}`);
  }
  const byPath = new Map<string, TaskHandler>();
  for (const handler of handlers) {
    const { name, version, path } = handler.contract;
    if (byPath.has(path)) problems.push(`${name} v${version} has two handlers`);
    if (!catalogue.contracts.includes(handler.contract))
      problems.push(`the handler of ${name} v${version} has no contract`);
    else if (handler.contract.service !== service)
      problems.push(
        `the handler of ${name} v${version} belongs to the service "${handler.contract.service}"`,
      );
    byPath.set(path, handler);
  }
  const own = new Map(byPath);
  for (const contract of contracts) {
    const { name, version, path } = contract;
    if (own.has(path)) continue;
    const older = handlerThroughUpCasters(catalogue, contract, own);
    if (older !== undefined) byPath.set(path, older);
    else problems.push(`${name} v${version} has no handler`);
  }
  if (problems.length > 0) throw new ContractDefinitionError('Worker', problems);
  return byPath;
}

/**
 * Compensates for a dead task by its handler's `onDead`. It fails for a task without a handler here: to give it up
 * without its compensation would lose the customer's money or stock.
 */
export function compensateByHandlers(service: string, handlers: HandlersByPath): Compensate {
  return async ({ taskId, record }, transaction) => {
    const handler = handlers.get(`/tasks/${record.contract}/v${record.version}`);
    if (handler === undefined) throw new HandlerMissingError(record, service);
    const payload: unknown = JSON.parse(record.payload);
    if (record.error === null) throw new Error(`Task ${taskId} is dead without a reason`);
    const { code, message } = record.error;
    await handler.onDead(
      {
        taskId,
        subject: subjectOfTask(taskId, record, handler.contract),
        payload: handler.contract.violations(payload).length === 0 ? payload : undefined,
        error: { code, message },
      },
      transaction,
    );
  };
}
