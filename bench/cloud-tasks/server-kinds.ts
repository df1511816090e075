/** A server of this repository that the bench measures, in a process of its own. */
export type ServerKind = 'grpc-js' | 'kit' | 'memory' | 'durable';

/** A report of a server's process, at its start and on each message: its use since the report before. */
export interface ServerMessage {
  readonly port: number;
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** A question to a server's process. */
export interface ServerWish {
  /** Whether garbage is collected before the memory is read. That also throws compiled code away. */
  readonly collectsGarbage?: boolean;
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
  usage(wish?: ServerWish): Promise<Usage>;
  stop(): Promise<void>;
}
