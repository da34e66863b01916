"""A sample mail with every kind of part, to load all parsers before the sandbox closes (`workers.parse.read.warm`)."""

#: It has two kinds of text, a subject whose charset must be guessed, a delivery report and a file, so that reading it
#: uses each parser once.
SAMPLE = b"""From: =?utf-8?q?A?= <a@x.example>
Subject: F\xfcr Gr\xfc\xdfe
Date: Fri, 3 May 2024 10:00:00 +0200
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: quoted-printable

Yes.
--b
Content-Type: text/html; charset=iso-8859-15

<p>Yes.<blockquote>No.</blockquote>
--b--
--a
Content-Type: message/delivery-status

Final-Recipient: rfc822; b@x.example
--a
Content-Type: image/png; name*=utf-8''a.png
Content-Transfer-Encoding: base64

YQ==
--a--
"""
