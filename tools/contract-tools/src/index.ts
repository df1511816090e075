export {
  type ContractHistory,
  type HistoryFile,
  type PublishedSchema,
  parseHistory,
  readHistoryFiles,
} from './history/contract-history.ts';
