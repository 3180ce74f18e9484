"""The way in: uploads, the watched folder, the REST API and webhooks, chunk by chunk into the database."""
