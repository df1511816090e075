export { type Clock, MovableClock, openMovableClock } from './clock.ts';
export { type ControlRoute, createControlListener } from './control.ts';
export { DATABASE_GONE_EXIT_CODE, DatabaseFiles, DatabaseGoneError } from './database-files.ts';
export { type CommandProcess, runEmulatorCommand } from './emulator-command.ts';
export { findFreePort } from './free-port.ts';
export { answerJson } from './json-response.ts';
export { createLocalHttpServer, type ReceiveTimeouts } from './local-http-server.ts';
export { listenOnOnePort, type OnePortServer, PortTakenError } from './one-port-server.ts';
export { decodePath, parseRequestTarget, type RequestTarget, RequestTargetError } from './request-target.ts';
