// Only for the other workspaces of this repository: the recorded history of contracts.

export { type ContractHistory, type PublishedSchema, publishedEntries } from './history/contract-history.ts';
export { type HistoryFile, parseHistory, readHistoryFiles } from './history/history-files.ts';
export { loadCatalogue } from './repository/load-catalogue.ts';
