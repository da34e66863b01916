# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""Legal notices, and the footers and banners of lists and gateways, are cut; a person's words beside them stay."""

import pytest

from schemas.records import CutKind
from workers.parse.text.reply import extract, extract_html

QUOTE = "On Tue, 3 Feb 2026 at 09:10, Housing Desk <desk@housing.example> wrote:\n> Who pays?\n> Please answer.\n"

FOOTERS = (
    ("_______________________________________________\nTenants mailing list -- tenants@lists.example.net\n"
    "To unsubscribe send an email to tenants-leave@lists.example.net"),
    ("_______________________________________________\nBoard mailing list\nBoard@lists.example.net\n"
    "https://lists.example.net/mailman/listinfo/board"),
    ("-- \nYou received this message because you are subscribed to the Google Groups \"Board\" group.\n"
    "To unsubscribe from this group and stop receiving emails from it, send an email to board+out@groups.example."),
    ("--\nSie erhalten diese Nachricht, weil Sie in der Google-Gruppe „Haus“ angemeldet sind.\n"
    "Wenn Sie sich abmelden möchten, senden Sie eine E-Mail an haus+out@groups.example."),
    "---\nDiese E-Mail wurde von Avast-Antivirussoftware auf Viren geprüft.\nwww.avast.com",
    "---\nThis email has been checked for viruses by AVG antivirus software.\nhttps://www.avg.example",
    "Virus-free. www.avast.com",
    "---\nL'absence de virus dans ce courrier électronique a été vérifiée par le logiciel antivirus Avast.",
    "Este e-mail foi analisado pelo software antivírus AVG.\nhttp://www.avg.example",
    ("This e-mail and any attachments are intended only for the addressee. If you have received this e-mail by mistake,\n"
    "please notify the sender and delete it."),
    ("Diese Nachricht enthält vertrauliche Informationen. Sind Sie nicht der richtige Adressat, informieren Sie bitte\n"
    "sofort den Absender und löschen Sie diese Nachricht."),
    ("Ce message est confidentiel. Si vous n'êtes pas le destinataire de ce message, merci de le détruire et d'en\n"
    "avertir immédiatement l'expéditeur. Toute diffusion est interdite."),
    ("Este mensaje y sus archivos adjuntos son confidenciales. Si no es el destinatario, comuníquelo al remitente y\n"
    "elimínelo. Queda prohibida su difusión."),
    ("Le informazioni contenute sono riservate. Se non siete il destinatario, siete pregati di avvisare il mittente.\n"
    "È vietata la diffusione."),
    "Esta mensagem é confidencial. Se não for o destinatário, avise o remetente e elimine-a. É proibida a divulgação.",
    ("Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Als u niet de geadresseerde bent,\n"
    "waarschuw dan de afzender. Verspreiding is niet toegestaan."),
    ("Wiadomość jest poufna i przeznaczona wyłącznie dla adresata. Jeśli nie jesteś adresatem, prosimy o powiadomienie\n"
    "nadawcy i usunięcie wiadomości."),
    ("Сообщение содержит конфиденциальную информацию. Если вы не являетесь адресатом, уведомите отправителя и удалите\n"
    "его. Распространение запрещено."),
    "Meddelandet är konfidentiellt och endast avsett för mottagaren. Om du inte är rätt mottagare, kontakta avsändaren.",
    ("Viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle. Jos et ole viestin vastaanottaja, ilmoita\n"
    "lähettäjälle ja poista viesti."),
    "Tato zpráva je důvěrná. Pokud nejste adresátem, informujte odesílatele a zprávu vymažte. Šíření je zakázáno.",
    "Bu ileti gizlidir. Alıcısı değilseniz göndereni bilgilendirin ve iletiyi silin. Dağıtılması yasaktır.",
    "Az üzenet bizalmas. Ha nem Ön a címzett, értesítse a feladót, és törölje az üzenetet. Továbbítása tilos.",
    "Mesajul este confidențial. Dacă nu sunteți destinatarul, anunțați expeditorul și ștergeți-l.",
    "Το μήνυμα είναι εμπιστευτικό. Αν δεν είστε ο παραλήπτης, ενημερώστε τον αποστολέα και διαγράψτε το.",
    "このメールには機密情報が含まれます。名宛人でない場合は送信者にご連絡のうえ削除してください。",
    "本邮件含有机密信息。如果您不是收件人,请通知发件人并删除。严禁转发。",
    "이 메일은 기밀 정보를 포함합니다. 수신자가 아닌 경우 발신자에게 알리고 삭제해 주십시오.",
    "هذه الرسالة سرية ومخصصة فقط للمرسل إليه. إذا لم تكن المستلم المقصود فيرجى إبلاغ المرسل وحذفها.",
    "ההודעה סודית ומיועדת לנמען בלבד. אם אינך הנמען, נא להודיע לשולח ולמחוק אותה.",
    "อีเมลนี้เป็นความลับสำหรับผู้รับเท่านั้น หากท่านไม่ใช่ผู้รับ โปรดแจ้งผู้ส่งและลบอีเมล",
)  # fmt: skip
BANNERS = (
    ("CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you\n"
    "recognize the sender and know the content is safe."),
    "[EXTERNAL]",
    "[EXT]",
    "*** EXTERNAL EMAIL ***",
    "WARNING: External email. Think before you click!",
    ("You don't often get email from anna@people.example. Learn why this is important"
    "<https://aka.ms/LearnAboutSenderIdentification>"),
    ("ACHTUNG: Diese E-Mail stammt von einem externen Absender. Öffnen Sie keine Anhänge, wenn Sie den Absender nicht\n"
    "kennen."),
    "Sie erhalten nicht oft E-Mails von anna@people.example. Erfahren Sie, warum dies wichtig ist",
    "ATTENTION : Ce message provient d’un expéditeur externe. Ne cliquez pas sur les liens.",
    "PRECAUCIÓN: Este correo procede de fuera de la organización. No haga clic en enlaces.",
    "ATTENZIONE: questa e-mail proviene da un mittente esterno. Non aprire allegati.",
    "LET OP: deze e-mail is afkomstig van buiten de organisatie. Klik niet op links.",
    "UWAGA: wiadomość spoza organizacji. Nie klikaj w linki, jeśli nie znasz nadawcy.",
    "ВНИМАНИЕ: письмо от внешнего отправителя. Не переходите по ссылкам.",
    "VARNING: Meddelandet kommer utifrån. Klicka inte på länkar.",
    "注意：このメールは組織外から送信されました。リンクをクリックしたり添付ファイルを開かないでください。",
    "警告：此邮件来自组织外部。请勿点击链接或打开附件。",
    ("----------------------------------------\nCAUTION: This message came from outside the organisation. Do not open\n"
    "attachments unless you recognise the sender.\n----------------------------------------"),
)  # fmt: skip


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_footer_below_the_quote_is_cut(footer: str) -> None:
    found = extract(f"We pay.\n\n{QUOTE}\n{footer}\n")
    assert found.text == "We pay."


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_footer_below_the_words_is_cut(footer: str) -> None:
    assert extract(f"We pay.\n\n{footer}\n\n{QUOTE}").text == "We pay."


@pytest.mark.parametrize("footer", FOOTERS)
def test_only_the_footer_below_the_last_answer_is_cut(footer: str) -> None:
    text = f"> Who pays?\n\n- two keys\n\n> And the rest?\n\nThe landlord pays.\n\nNo, not yet.\n\n{footer}\n"
    assert extract(text).text == text.split(f"\n\n{footer}", maxsplit=1)[0].removeprefix("> Who pays?\n\n")


@pytest.mark.parametrize("footer", FOOTERS[:14])
def test_only_the_footer_below_the_only_answer_is_cut(footer: str) -> None:
    own = "The landlord pays.\n\nNo, not yet."
    assert extract(f"{QUOTE}\n{own}\n\n{footer}\n").text == own


@pytest.mark.parametrize("footer", [footer for footer in FOOTERS if "\n" in footer])
def test_words_directly_above_a_footer_stay(footer: str) -> None:
    assert extract(f"We met.\n\nThe landlord pays.\n{footer}\n\n{QUOTE}").text == "We met.\n\nThe landlord pays."


def test_a_signature_and_a_footer_below_the_last_answer_are_cut() -> None:
    text = f"> A?\n\nTwo keys.\n\n> B?\n\nThe landlord pays.\n\n-- \nAnna\n0171 5550123\n\n{FOOTERS[0]}\n"
    assert extract(text).text == text.split("\n\n-- ", maxsplit=1)[0].removeprefix("> A?\n\n")


@pytest.mark.parametrize("own", [
    "Please notify the sender that his letter contains confidential information about my son, which nobody may see.",
    "I deleted it by mistake, please send the confidential report again.",
    "The letter says \"this message is confidential\" and \"if you have received this\", what does it mean?",
    "My sister runs a mailing list for tenants: lists.example.net, and I can unsubscribe you.",
    "Please notify the sender of the parcel, it arrived broken.",
    "I sent you the wrong file by mistake. Please delete this message.",
    "Ich habe den Brief irrtümlich erhalten, bitte holen Sie ihn ab.",
    "Avast found no virus on my computer.",
    "----\nDone.\nwww.example.org",
])  # fmt: skip
def test_own_words_like_a_footer_stay(own: str) -> None:
    for text in (f"We met.\n\n{own}\n\n{QUOTE}", f"> Who pays?\n\nWe.\n\n> And now?\n\n{own}\n"):
        assert own in extract(text).text


@pytest.mark.parametrize("banner", BANNERS)
def test_a_banner_above_the_words_is_cut(banner: str) -> None:
    found = extract(f"{banner}\n\nThe landlord pays.\n\nRegards\nAnna\n\n{QUOTE}")
    assert found.text == "The landlord pays.\n\nRegards\nAnna"
    assert found.cut[0].kind is CutKind.DISCLAIMER


@pytest.mark.parametrize("banner", BANNERS)
def test_a_banner_and_a_quote_above_the_words_are_cut(banner: str) -> None:
    assert extract(f"{banner}\n\n{QUOTE}\nThe landlord pays.\n").text == "The landlord pays."


@pytest.mark.parametrize(
    "own",
    [
        "I sent it from my iPhone, perhaps the picture is too large.",
        "My phone number changed.",
        "Ich komme am Dienstag.",
        "Ik betaalde op 3 mei.",
        "Jag har tänkt länge.",
        "J'ai payé le 3 mai.",
        "Мой сосед видел это.",
        "I paid.\n\nMy landlord did not.",
        "Yes.",
        "Tisdag klockan 14:30 går bra, inte tidigare.",
        "Jeg kommer.",
    ],
)
@pytest.mark.parametrize("banner", [banner for banner in BANNERS if banner[-1] in ".!:" and "\n" not in banner])
def test_words_directly_below_a_banner_stay_and_it_is_cut(banner: str, own: str) -> None:
    assert extract(f"{banner}\n{own}\n\n{QUOTE}").text == own


@pytest.mark.parametrize("banner", [banner for banner in BANNERS if "\n" not in banner and "<" not in banner])
def test_a_banner_in_html_is_cut(banner: str) -> None:
    html = f"<table><tr><td>{banner}</td></tr></table><br><div>The landlord pays.</div>"
    assert extract_html(html).text == "The landlord pays."


@pytest.mark.parametrize("own", [
    "Caution: the step is slippery.",
    "WARNING: the dog bites.",
    "ACHTUNG: der Schlüssel klemmt.",
    "Please do not click links in yesterday's mail, it was not mine.",
    "The parcel came from an external sender.",
    "I got an external email, do not click links.",
    "External work is done, the plaster is dry.",
    "[EXTRA] I bring two keys.",
    "You don't often get email from me, so this is urgent.",
    "EXTERN",
    "[1] The landlord pays.",
    "Ne cliquez pas sur les liens de mon dernier message.",
])  # fmt: skip
def test_own_words_like_a_banner_stay(own: str) -> None:
    assert extract(f"{own}\n\nThe landlord pays.\n\n{QUOTE}").text.startswith(own)
