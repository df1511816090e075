/** The names that App Engine allows for services and versions. */
export const SERVICE_NAME_PATTERN = /^(?!-)[a-z\d-]{0,62}[a-z\d]$/;
