/** A server that the bench measures, in a process of its own. */
export type ServerKind = 'grpc-js' | 'kit' | 'memory' | 'durable';

/** A report of a server's process, at its start and on each message: its use since the report before. */
export interface ServerMessage {
  readonly port: number;
  readonly cpuMicros: number;
  readonly residentBytes: number;
}
