/** A method of the API on plain messages: whatever protocol they come by, they are decoded already. */
export type UnaryMethod = (request: object) => Promise<object>;

/** The methods of services, by the service's full name, such as `google.cloud.tasks.v2.CloudTasks`. */
export type ApiServices = Readonly<Record<string, Readonly<Record<string, UnaryMethod>>>>;
