// For config.ts and main.ts of services: settings, without Google's clients.

export { taskTargetOf, taskTargetSettings } from './client/task-target-settings.ts';
export { loadTaskServiceConfig, type TaskServiceConfig } from './service/task-service-settings.ts';
