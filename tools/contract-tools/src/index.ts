export {
  type ContractHistory,
  type HistoryFile,
  type PublishedSchema,
  parseHistory,
  readHistoryFiles,
} from './history/history.ts';
