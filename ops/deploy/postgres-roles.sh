#!/bin/sh
# Makes the two roles and the database of casemail; the image of PostgreSQL runs it once, as the superuser.
set -eu
psql --set=ON_ERROR_STOP=1 --set=owner="$OWNER_PASSWORD" --set=service="$SERVICE_PASSWORD" --username=postgres <<'SQL'
create role casemail_owner login createrole password :'owner';
create role casemail login password :'service';
create database casemail owner casemail_owner;
SQL
