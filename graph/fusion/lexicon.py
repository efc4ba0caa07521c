"""Closed lists of the words that stand beside a name: legal forms, titles, degrees, small words.

Folded as ``folding.words`` folds them, but where capitals tell: those are as they are written.
"""

# Legal forms behind a name: the common ones of ISO 20275 (GLEIF's list of entity legal forms), short and
# written out, without those that mostly mean something else, as Hungary's Bt. and Quebec's SEC do.
_WORDS = """inc incorporated ltd limited llc llp lllp pllc lp plc ulc corp corporation co company
gmbh ggmbh mbh ag kg kgaa ug ohg gbr aktiengesellschaft kommanditgesellschaft
sa sas sasu sarl sagl eurl snc spa sapa srl srls scarl scpa nv bv bvba cvba sprl se
as asa ab oy oyj aps ivs ehf aktiebolag aktieselskab aksjeselskap anpartsselskab osakeyhtio
sl slu ltda lda eireli sab spzoo sro doo dooel eood ood ead kft zrt nyrt
pjsc ojsc cjsc jsc pty pte pvt bhd berhad sdn tbk kk fze fzco wll saog qpsc"""
# Those of two letters or three that are one only letter by letter: "Rabobank U.A.", not an UA.
_LETTERS = "ad ae cv dd ek eg ev epe gk hf ike kd ks na spj spk ua vof"
_PHRASES = """sp z oo;sp zoo;spol s ro;sab de cv;sapi de cv;sa de cv;s de rl de cv;s de rl
gesellschaft mit beschrankter haftung;gesellschaft mbh;ltd sti;limited sirketi;anonim sirketi
limited liability company;limited liability partnership;limited partnership
public limited company;private limited company;public company limited;private limited;public limited
joint stock company;public joint stock company;open joint stock company;closed joint stock company
societe anonyme;societe par actions simplifiee;societe a responsabilite limitee;societa per azioni
societa a responsabilita limitata;sociedad anonima;sociedad anonima de capital variable;sociedad limitada
sociedade anonima;sociedade limitada;naamloze vennootschap;besloten vennootschap
kabushiki kaisha;godo kaisha;yugen kaisha"""
LEGAL = frozenset(_WORDS.split())
# As they are read without their spaces: dots, which part letters, come and go.
LEGAL_PHRASES = frozenset("".join(phrase.split()) for phrase in _PHRASES.replace("\n", ";").split(";"))
LEGAL_LETTERS = LEGAL | LEGAL_PHRASES | frozenset(_LETTERS.split())
LEGAL_ENDS = LEGAL | {phrase.split()[-1] for phrase in _PHRASES.replace("\n", ";").split(";")}
LEGAL_LONGEST = 7  # words: "S. de R.L. de C.V."
# Forms that stand before the name, where they are written just so: an Ao or a Pao is somebody.
LEGAL_BEFORE = frozenset("AB PT PJSC OJSC OOO OAO ZAO ООО ОАО ПАО ЗАО НАО АО ТОО ТОВ ПрАТ".split())
LEGAL_AFTER = frozenset("ООО ОАО ПАО ЗАО НАО ТОО ТОВ ПрАТ ООД ЕООД".split())  # АО: an autonomous okrug
# And those that are written to the name without a space, or in brackets.
LEGAL_UNSPACED = """株式会社 株式會社 有限会社 合同会社 股份有限公司 有限责任公司 有限責任公司 有限公司
주식회사 유한책임회사 유한회사""".split()

TITLES = frozenset("mr mrs ms miss mx dr prof professor sir dame lord lady rev reverend hon madam".split())
# Titles that are people's names as well: taken off only where two words stay, "King Vidor" being no title.
RANKS = frozenset(
    """lord lady sir dame king queen prince princess pope president general gen captain capt colonel col major
maj lieutenant lt sergeant sgt corporal admiral commander commodore judge justice senator sen governor gov
minister chancellor ambassador mayor bishop archbishop cardinal rabbi imam sheikh inspector
herr frau monsieur mme madame senor senora""".split()
)
BEFORE_A_RANK = frozenset("vice prime chief deputy brigadier".split())  # "Prime Minister Anna Vance"
OF_AN_OFFICE = frozenset("of the and for".split())  # behind a rank: "King of Norland"
MALE = frozenset("mr sir lord king prince herr monsieur senor".split())
FEMALE = frozenset("mrs ms miss lady dame madam queen princess frau mme madame senora".split())

MINOR = frozenset("of and the for in on at de la du des von van der und y e".split())
PRONOUNS = frozenset("he she it we us me you they them who him her".split())
DEGREES = frozenset("phd dphil esq".split())
# Those that are somebody's name in small letters, and so count only as they are written here.
DEGREES_WRITTEN = frozenset(
    """MBA MD MSc BSc MPhil LLB LLM JD DDS DVM EdD DSc ScD CPA RN OBE MBE CBE KBE DBE KC QC FRS
M.D. M.B.A. M.Sc. B.Sc. J.D. D.D.S. R.N. O.B.E. M.B.E. C.B.E. K.C. Q.C.""".split()
)
# Roman numerals that are no letter. Of a person "Vi" and "Xi" are a surname.
NUMERALS = {
    roman: str(number)
    for number, roman in enumerate(
        """ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxii xxiii xxiv xxv xxvi
xxvii xxviii xxix xxx xxxi xxxii xxxiii xxxiv xxxv xxxvi xxxvii xxxviii xxxix""".split(),
        start=2,
    )
    if len(roman) > 1
}
_COUNTED = "one two three four five six seven eight nine ten eleven twelve".split()
_ORDERED = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_DIGITS = "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th".split()
NUMBER_WORDS = {word: str(n) for n, word in enumerate(_COUNTED, start=1)} | dict(
    zip(_ORDERED, _DIGITS, strict=True)
)
IN_DIGITS = NUMERALS | NUMBER_WORDS
GENERATIONS_SPELT = {"junior": "jr", "senior": "sr", "2nd": "ii", "3rd": "iii", "4th": "iv"}
GENERATIONS = frozenset({"jr", "sr", *NUMERALS} - {"vi", "xi"})
# Words between a person's given names and the surname, which may be left out or go with it: the dropping and
# non-dropping particles of CSL (the Citation Style Language) that are hardly ever a given name.
PARTICLES = frozenset(
    """af al auf av bin bint binti da das de degli dei del della delle dello den der des di do dos du el het
ibn la las le les lo los t te ten ter und van vande vanden vander vom von voor zu zum zur""".split()
)
# Words of names of what is nobody, short and whole; those of the second list are short as first words.
SHORTENED = dict(
    pair.split("=")
    for pair in """dept=department univ=university intl=international natl=national govt=government
bros=brothers assn=association assoc=association inst=institute hosp=hospital ctr=center centre=center
theatre=theater""".split()
)
SHORTENED_FIRST = {"mt": "mount", "ft": "fort"}
# Forms of which an acronym may have a letter: TSMC, the BBC.
LETTERED = frozenset("co company corp corporation limited ltd".split())
