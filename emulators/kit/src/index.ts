// For emulators: what a process of theirs is made of.

export {
  ALLOW_HOST_FLAG,
  type ListenOptions,
  listenFlags,
  readAllowedHosts,
  readListenOptions,
  readPort,
} from './command/listen-flags.ts';
export { type CommandProcess, runEmulatorCommand } from './command/run-emulator-command.ts';
export type { GrpcCall, GrpcHandler, Respond } from './grpc/grpc-call.ts';
export { GrpcServer } from './grpc/grpc-server.ts';
export type { GrpcMethod, GrpcServiceDefinition } from './grpc/grpc-service.ts';
export { type GrpcFailure, GrpcStatus } from './grpc/grpc-status.ts';
export { AllowedHosts } from './http/allowed-hosts.ts';
export { type ControlRoute, createControlListener } from './http/control-listener.ts';
export { findFreePort, isPortFree } from './http/find-free-port.ts';
export { isFromWebPage } from './http/is-from-web-page.ts';
export { createLocalHttpServer, type ReceiveTimeouts } from './http/local-http-server.ts';
export { listenOnOnePort, type OnePortServer } from './http/one-port-server.ts';
export { readBody } from './http/read-body.ts';
export {
  decodePath,
  parseRequestTarget,
  type RequestTarget,
  RequestTargetError,
} from './http/request-target.ts';
export { sendJson } from './http/send-json.ts';
export { PortTakenError, startListening } from './http/start-listening.ts';
export { type Clock, MovableClock, openMovableClock } from './movable-clock.ts';
export { decodeOpaqueToken, encodeOpaqueToken } from './opaque-token.ts';
export { packageFolder, packageVersion } from './package-folder.ts';
export { DATABASE_GONE_EXIT_CODE, DatabaseFiles, DatabaseGoneError } from './storage/database-files.ts';
export { GroupCommit, type GroupCommitOptions } from './storage/group-commit.ts';
export {
  DatabaseInUseError,
  type DatabaseOptions,
  DataTooNewError,
  openDatabase,
} from './storage/open-database.ts';
export {
  closePrivateFolder,
  makePrivateFile,
  makePrivateFolder,
  PRIVATE_FILE_MODE,
} from './storage/private-files.ts';

// For every command, an emulator's or not.

export { CommandLineError } from './command/command-line-error.ts';
export { escapeControlCharacters, escapeLine, terminalWriter } from './command/escape-control-characters.ts';
export {
  type CompletedArguments,
  type Environment,
  flagsFromEnvironment,
} from './command/flags-from-environment.ts';
export { type FlagProblem, type FlagsRead, type ReadFlagsOptions, readFlags } from './command/read-flags.ts';
export { ROOT_FLAG_HELP, takeRootFlag } from './command/take-root-flag.ts';
