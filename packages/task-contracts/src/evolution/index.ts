export {
  type ContractReport,
  checkEvolution,
  type EvolutionReport,
  type HistoricalFinding,
} from './check-evolution.ts';
export { compareSchemas, type SchemaVerdict, type SchemaViolation } from './compare-schemas.ts';
export {
  type ContractHistory,
  HISTORY_FOLDER,
  type HistoryFile,
  historyPath,
  type PublishedSchema,
  parseHistory,
  readHistoryFiles,
} from './history.ts';
export { GitRefError, historyFilesAtRef } from './history-at-ref.ts';
export type { JsonSchema } from './json-schema.ts';
export { type Finding, type Judgement, judgeChange, type Role, type Verdict } from './judge-change.ts';
export { judgeRetirement, RETENTION_DAYS, type Retirement } from './judge-retirement.ts';
export { describeReport, isAllWell } from './report.ts';
