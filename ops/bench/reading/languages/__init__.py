"""What people and mail programs write in each language. A language is a TOML file; its name is the language's code.

    author, person  name and local part of the address of who wrote the update, and of who answers
    gmail, apple, thunderbird, yahoo, roundcube, horde, k9, proton, mailru, yandex, netease
                    the attribution of a mail program; a program without a translation writes English
    translated      attributions that no mail program writes in these words, as a translation on the way makes them
    labels          From, Sent, To, Subject in the header block of Outlook
    dated           the label of the date where a program writes Date instead of Sent
    sent            the date in that block, as a pattern of CLDR
    answer          how the subject of an answer begins in Outlook
    original        the heading above such a block
    iphone, galaxy, outlook, windows
                    the line that a program adds below the words
    closing         the line above the name at the end
    banner, disclaimer, list
                    what gateways and mailing lists add
    own, update     sentences of the person who answers, and of the update
    legacy          a charset that programs of the language still use

`{...}` holds a date pattern of Unicode CLDR (UTS 35, part 4), from which the mail programs take their dates.
"""
