/** A server of this repository that the bench measures, in a process of its own. */
export type ServerKind = 'grpc-js' | 'kit' | 'memory' | 'durable';

/** A report of a server's process, at its start and on each message: its use since the report before. */
export interface ServerMessage {
  readonly port: number;
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** The use of a server's process. */
export interface Usage {
  /** CPU time since the last call. */
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** A server that runs in a process of its own. */
export interface MeasuredServer {
  readonly port: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}
