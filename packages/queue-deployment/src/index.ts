export { connect } from './connect.ts';
export { type CommandWorld, type ExitCode, runQueuesCommand } from './run-queues-command.ts';
