/** A server that the bench measures, in a process of its own. */
export type ServerKind = 'grpc-js' | 'kit' | 'memory' | 'durable';

/** What a server's process tells at its start, and on each message: its use since it last told. */
export interface ServerMessage {
  readonly port: number;
  readonly cpuMicros: number;
  readonly residentBytes: number;
}
