export { type Clock, MovableClock, openMovableClock } from './clock.ts';
export { answerJson, type ControlRoute, createControlListener } from './control.ts';
export { DATABASE_GONE_EXIT_CODE, DatabaseFiles, DatabaseGoneError } from './database-files.ts';
export { type CommandProcess, runEmulatorCommand } from './emulator-command.ts';
export { findFreePort, isPortFree } from './free-port.ts';
export { listenOnOnePort, type OnePortServer, PortTakenError } from './one-port-server.ts';
