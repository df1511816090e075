export { type AppYaml, readAppYaml } from './app-yaml.ts';
export { DeploymentError } from './deployment-error.ts';
export { contractFixtures } from './rehearsal/contract-fixtures.ts';
export { RehearsalError, type RehearsalStep } from './rehearsal/rehearsal-error.ts';
export { type RehearsalLimits, type RehearsalOptions, rehearse } from './rehearsal/rehearse.ts';
export type { Fixture } from './rehearsal/replay-fixtures.ts';
export type { Scenario, Scene } from './rehearsal/scenario.ts';
export { scenarios } from './rehearsal/scenarios/index.ts';
export { listServiceFolders, type Stage, stageService } from './staging/stage-service.ts';
