-- PostgreSQL's image runs this once, as its superuser, when it makes the volume `database`. The site gets a role of its own,
-- which may make databases to check backups. Without a password, nobody is the superuser from outside the container.
\getenv password POSTGRES_PASSWORD
CREATE ROLE screening LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE screening OWNER screening TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE ALL ON DATABASE screening FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
