"""The configuration of Dovecot, in the languages of 2.3 and 2.4."""

from dataclasses import dataclass
from pathlib import Path

#: The settings that both versions understand.
COMMON = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
listen = 127.0.0.1
{identity}
ssl = yes
auth_failure_delay = 0
auth_cache_size = 0
mail_fsync = never
# finds files that inotify misses
mailbox_idle_check_interval = 2 secs
mail_max_userip_connections = 200
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  {chroot}
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""

TO_2_3 = """
protocols = imap pop3
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
mail_location = maildir:~/Maildir
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mails/%u
}}
imap_capability = {capability}
"""
OAUTH2_TO_2_3 = """
introspection_url = {introspection}
introspection_mode = get
force_introspection = yes
username_attribute = email
active_attribute = active
active_value = true
"""

SINCE_2_4 = """
protocols {{
  imap = yes
  pop3 = yes
}}
ssl_server_cert_file = {home}/cert.pem
ssl_server_key_file = {home}/key.pem
auth_allow_cleartext = yes
auth_mechanisms = plain login xoauth2
mail_driver = maildir
mail_path = ~/Maildir
oauth2 {{
  introspection_url = {introspection}
  introspection_mode = get
  force_introspection = yes
  username_attribute = email
  active_attribute = active
  active_value = true
}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {home}/mails/%{{user}}
  }}
}}
{capability_setting}
"""
#: The first lines. The version is that of the configuration language, which later versions of 2.4 still understand.
HEAD_SINCE_2_4 = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"


@dataclass(frozen=True)
class Wanted:
    """The values of a configuration: folder, user, ports, ...; see `tests.servers.dovecot`."""

    home: Path
    identity: str
    chroot: str
    password: str
    uid: int
    gid: int
    introspection: str
    capability: str
    ports: dict[str, int]


def files(version: str, wanted: Wanted) -> dict[str, str]:
    """Returns the configuration files, by name, for a Dovecot of this `version`, such as 2.4.1."""
    values = {**vars(wanted), **wanted.ports}
    if tuple(int(number) for number in version.split(".")[:2]) < (2, 4):
        return {
            "dovecot.conf": (COMMON + TO_2_3).format(**values),
            "oauth2.conf": OAUTH2_TO_2_3.format(**values),
        }
    # an empty setting would announce no capabilities
    values["capability_setting"] = f"imap_capability = {wanted.capability}" if wanted.capability else ""
    return {"dovecot.conf": HEAD_SINCE_2_4 + (COMMON + SINCE_2_4).format(**values)}
