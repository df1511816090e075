// For every emulator, and for commands that read flags as the emulators do.
export { type Clock, MovableClock, openMovableClock } from './clock.ts';
export { CommandLineError } from './command-line-error.ts';
export { type ControlRoute, createControlListener } from './control.ts';
export { DATABASE_GONE_EXIT_CODE, DatabaseFiles, DatabaseGoneError } from './database-files.ts';
export { type CommandProcess, runEmulatorCommand } from './emulator-command.ts';
export { findFreePort } from './free-port.ts';
export { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
export { answerJson } from './json-response.ts';
export { type ListenOptions, listenFlags, readListenOptions, readPort } from './listen-flags.ts';
export { createLocalHttpServer, type ReceiveTimeouts } from './local-http-server.ts';
export { listenOnOnePort, type OnePortServer } from './one-port-server.ts';
export { decodeOpaqueToken, encodeOpaqueToken } from './opaque-token.ts';
export { DatabaseInUseError, type DatabaseOptions, openDatabase } from './open-database.ts';
export { type FlagProblem, type FlagsRead, type ReadFlagsOptions, readFlags } from './read-flags.ts';
export { decodePath, parseRequestTarget, type RequestTarget, RequestTargetError } from './request-target.ts';
export { PortTakenError, startListening } from './start-listening.ts';
