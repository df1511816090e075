// Imported first: Google's clients look for a metadata server when they start, and nothing may leave the machine.
process.env['METADATA_SERVER_DETECTION'] = 'none';
process.env['GCE_METADATA_HOST'] = '127.0.0.1:9';
