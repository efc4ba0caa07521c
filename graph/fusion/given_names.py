"""Common given names, in lower case: they tell a person, mostly a gender, and alone nobody in particular."""

FEMALE_NAMES = frozenset(
    """ada agnes aisha alice alison amanda amelia amy ana andrea angela anita anna anne annette annie
astrid barbara beatrice birgit bridget camilla carla carmen carol caroline catherine cecilia
charlotte chloe christina christine claire clara claudia diana dorothy edith elaine eleanor
elena elisabeth elise elizabeth ella ellen emily emma erika esther eva evelyn fatima fiona
florence frances freya gabriela gloria grace greta gunnhild hannah harriet heather heidi helen
helena hilda hilde ida ilse ines ingrid irene irina isabel isabella jane janet jennifer jessica
joan johanna joyce judith julia julie karen karin katarina kate katherine kathleen katja
kirsten kristin laura lea leila lena linda lisa lise liv louise lucia lucy lydia magdalena maja
margaret maria marianne marie marit marta martha mary maya mei melissa mette mia michelle mina
mira miriam monica monika nadia nadine naomi natalia natasha nina nora olga olivia patricia
paula petra philippa priya rachel ragnhild randi rebecca renate rita rosa rosalind rose ruth
sabine sally samantha sandra sara sarah sigrid silvia simone sofia sofie solveig sonia sophia
sophie stephanie susan susanna sylvia tamara tanya teresa theresa turid unni ursula valentina
vera veronica victoria virginia vivian wenche wilma yasmin yuki yvonne zoe""".split()
)
MALE_NAMES = frozenset(
    """aaron abel abraham adam adrian ahmed alan albert alexander alfred ali anders andreas andrew
anthony anton antonio arjun arne arnold arthur axel ben benjamin bernard bjorn bjørn boris
brian bruce bruno carl carlos charles christian christopher conor conrad daniel david dennis
diego dirk dmitri donald douglas edgar edmund edward eivind elias emil eric erik ernest ernst
eugene felix ferdinand finn francis francisco frank franz frederick fredrik friedrich frode
gabriel geir george gerald gerard giovanni graham gregory gunnar gustav håkon halvor hans
harald harold harry hassan henri henrik henry herbert hiroshi howard hugh hugo ian igor isaac
ivan jack jacob jakob james jan jason jens jeremy jerome joachim joel johan johannes john jonas
jonathan jorge jørgen jose josef joseph juan julian jürgen jurgen karl keith kenneth kevin
kjell klaus knut lars laurence leif leo leon leonard lewis lorenzo louis luca lucas ludwig luis
luke mads magnus malcolm marc marcel marco marcus mario mark markus martin mathias matthew max
michael miguel mikael mohammed morten nathan neil nicholas niels nigel nils noah norman olaf
olav oliver omar oscar oskar otto owen øyvind pablo patrick paul pedro per peter philip pierre
piet pieter rafael ralph rasmus raymond richard robert roger roland rolf ronald rudolf rune
samuel sean sebastian sergei sigurd simon søren stefan stephen steven svein sven tariq terje
theodore thomas tim timothy tobias tom tomas torbjørn trond vadim victor viktor vincent
vladimir walter werner wilhelm willem william wolfgang xavier yusuf""".split()
)
