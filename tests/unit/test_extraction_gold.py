"""What the linguistic extractor finds in businesslike prose: a gold set it was built on, and one it was not.

A line of a case is "head | RELATION | tail", then what else must hold: from=, to=, stated=, "not", "former".
Heads and tails are display names; numbers carry their unit. Claims of no relation type are not counted.
"""

import pytest

from graph.ontology import default_ontology
from graph.types import Claim, ContentId, Element, ElementKind, PipelineId, Span, Value, WorkspaceId
from ingest.extraction.linguistic import LinguisticExtractor
from ingest.ports import Extraction
from ingest.types import ParsedDocument

DEVELOPED = """
Anna Vance was appointed chief executive of Borealis Energy AG in March 2015.
= Anna Vance | LEADS | Borealis Energy AG | from=2015-03
Borealis CEO Anna Vance said the company employs 1,200 people.
= Anna Vance | LEADS | Borealis
= Borealis | EMPLOYEE_COUNT | 1200
Borealis's chief executive, Anna Vance, joined the firm in 2010.
= Anna Vance | LEADS | Borealis
= Anna Vance | WORKS_FOR | Borealis | from=2010
Borealis, a Rotterdam-based energy company, moved its headquarters from Haarlem to Rotterdam in 2018.
= Borealis | HEADQUARTERED_IN | Rotterdam | from=2018
= Borealis | HEADQUARTERED_IN | Haarlem | to=2018
Founded in 1998 by Anna Vance and Piet Bakker, Borealis operates the 640-megawatt Noordzee Wind Farm.
= Anna Vance | FOUNDED | Borealis
= Piet Bakker | FOUNDED | Borealis
= Borealis | FOUNDED_ON | 1998
= Borealis | OPERATES | Noordzee Wind Farm
= Noordzee Wind Farm | CAPACITY | 640 MW
Anna Vance lives in Haarlem. She succeeded Piet Bakker as CEO of Borealis Energy in 2015.
= Anna Vance | LIVES_IN | Haarlem
= Anna Vance | LEADS | Borealis Energy | from=2015
= Piet Bakker | LEADS | Borealis Energy | to=2015
= Anna Vance | SUCCEEDED | Piet Bakker | from=2015
The Halden Bridge was designed by Ilse Moreau and opened in 2004 at a cost of EUR 40 million.
= Ilse Moreau | DESIGNED | Halden Bridge
= Halden Bridge | OPENED_ON | 2004
= Halden Bridge | COST | 40000000 EUR
Borealis appointed Anna Vance as its chief executive.
= Anna Vance | LEADS | Borealis
Noordwind has a capacity of 640 megawatts and cost 1.2 billion euros.
= Noordwind | CAPACITY | 640 MW
= Noordwind | COST | 1200000000 EUR
John Park was born in Seoul on 3 May 1970.
= John Park | BORN_IN | Seoul
= John Park | BORN_ON | 1970-05-03
Ada Bern was born on 2 November 1985 in Chicago.
= Ada Bern | BORN_IN | Chicago
= Ada Bern | BORN_ON | 1985-11-02
Anna Bridge leads Nord Ltd.
= Anna Bridge | LEADS | Nord Ltd
Nord Ltd operates the Albert Bridge.
= Nord Ltd | OPERATES | Albert Bridge
Ada Lund (1901–1980) was a Norwegian engineer who founded Nord Ltd.
= Ada Lund | BORN_ON | 1901
= Ada Lund | DIED_ON | 1980
= Ada Lund | FOUNDED | Nord Ltd
Ada Lund (born 1985) and Tom Reed (3 May 1950 - 4 June 2010) founded Borealis Energy.
= Ada Lund | BORN_ON | 1985
= Ada Lund | FOUNDED | Borealis Energy
= Tom Reed | BORN_ON | 1950-05-03
= Tom Reed | DIED_ON | 2010-06-04
= Tom Reed | FOUNDED | Borealis Energy
Ada Lund (d. 4 June 1980) led Nord Ltd.
= Ada Lund | DIED_ON | 1980-06-04
= Ada Lund | LEADS | Nord Ltd
The Halden Line (1901-1980) was operated by Nord Ltd.
= Nord Ltd | OPERATES | Halden Line
Ada Lund is not the engineer who founded Nord Ltd.
Ada Lund and Tom Reed are engineers who founded Nord Ltd.
= Ada Lund | FOUNDED | Nord Ltd
= Tom Reed | FOUNDED | Nord Ltd
Nord Ltd is a company that Ada Lund founded in 1998.
= Ada Lund | FOUNDED | Nord Ltd
Anna Vance works for Nord Ltd. Tom Reed leads Acme Inc. Borealis Holdings employs 500 people.
= Anna Vance | WORKS_FOR | Nord Ltd
= Tom Reed | LEADS | Acme Inc
= Borealis Holdings | EMPLOYEE_COUNT | 500
Borealis Inc. CEO Anna Vance lives in Haarlem.
= Anna Vance | LEADS | Borealis Inc.
= Anna Vance | LIVES_IN | Haarlem
Ana Ruiz replaced Peter Holm as chief executive of Delta Motors in 2009.
= Ana Ruiz | SUCCEEDED | Peter Holm | from=2009
= Ana Ruiz | LEADS | Delta Motors | from=2009
= Peter Holm | LEADS | Delta Motors | to=2009
Peter Holm was succeeded as chief executive of Delta Motors by Ana Ruiz in 2009.
= Ana Ruiz | SUCCEEDED | Peter Holm | from=2009
= Ana Ruiz | LEADS | Delta Motors | from=2009
= Peter Holm | LEADS | Delta Motors | to=2009
Peter Holm was replaced as chief executive of Delta Motors in 2009.
= Peter Holm | LEADS | Delta Motors | to=2009
Haarlem is the town where Ada Lund was born.
= Ada Lund | BORN_IN | Haarlem
Tom Reed works in Haarlem, where Ada Lund was born.
= Ada Lund | BORN_IN | Haarlem
Neither Tarn Group nor Kelso Group acquired Nova Works.
= Tarn Group | ACQUIRED | Nova Works | not
= Kelso Group | ACQUIRED | Nova Works | not
Not Anna Vance but Hugo Brandt leads Fir Group.
= Anna Vance | LEADS | Fir Group | not
= Hugo Brandt | LEADS | Fir Group
Either Tarn Group or Kelso Group acquired Nova Works.
Tarn Group did not acquire Nova Works or Bolt Systems.
= Tarn Group | ACQUIRED | Nova Works | not
= Tarn Group | ACQUIRED | Bolt Systems | not
Nova Works was acquired not by Tarn Group but by Kelso Group.
= Tarn Group | ACQUIRED | Nova Works | not
= Kelso Group | ACQUIRED | Nova Works
Not only Tarn Group but also Kelso Group acquired Nova Works.
= Tarn Group | ACQUIRED | Nova Works
= Kelso Group | ACQUIRED | Nova Works
Anna Vance rather than Hugo Brandt leads Fir Group.
= Anna Vance | LEADS | Fir Group
= Hugo Brandt | LEADS | Fir Group | not
It was not Anna Vance who founded Nord Ltd.
= Anna Vance | FOUNDED | Nord Ltd | not
Anna Vance is neither the chief executive of Tarn Group nor an employee of Kelso Group.
= Anna Vance | LEADS | Tarn Group | not
= Anna Vance | WORKS_FOR | Kelso Group | not
Anna Vance lives in Haarlem or in Rotterdam.
Jon Dale mentors Ida Berg.
Alder Group employs 500 people in Norway and 700 people in Sweden.
= Alder Group | EMPLOYEE_COUNT | 500 | Norway
= Alder Group | EMPLOYEE_COUNT | 700 | Sweden
The Halden Bridge is 640 metres long.
= Halden Bridge | LENGTH | 640 m
The Halden Bridge has a length of 1 mile.
= Halden Bridge | LENGTH | 1 mile
Ernst and Young LLP acquired Smith and Nephew plc.
= Ernst and Young LLP | ACQUIRED | Smith and Nephew plc
Borealis and Noordwind BV acquired Nova Works. Borealis employs 500 people.
= Borealis | ACQUIRED | Nova Works
= Noordwind BV | ACQUIRED | Nova Works
= Borealis | EMPLOYEE_COUNT | 500
Equinor ASA employs 21,000 people.
= Equinor ASA | EMPLOYEE_COUNT | 21000
Vestas A/S is based in Aarhus.
= Vestas A/S | HEADQUARTERED_IN | Aarhus
Norhaven has a population of 1.2 million.
= Norhaven | POPULATION | 1200000
Rolf Moen leads Birch GmbH. He was born in Leeds.
= Rolf Moen | LEADS | Birch GmbH
= Rolf Moen | BORN_IN | Leeds
Meta (formerly Facebook Inc.) is headquartered in Menlo Park.
= Meta | HEADQUARTERED_IN | Menlo Park
Istra Corp was renamed Vento in 2015. Vento employs 500 people.
= Vento | EMPLOYEE_COUNT | 500
Springfield, Illinois, has a population of 114,000.
= Springfield | LOCATED_IN | Illinois
= Springfield | POPULATION | 114000
Alder Group is headquartered in Portland, Oregon, and employs 500 people.
= Alder Group | HEADQUARTERED_IN | Portland
= Alder Group | EMPLOYEE_COUNT | 500
= Portland | LOCATED_IN | Oregon
Alder Group has plants in Norway, Sweden and Denmark.
In 2019 Rolf Moen led Fir Group.
= Rolf Moen | LEADS | Fir Group | stated=2019
Kay Lund studied physics at the University of Norhaven.
= Kay Lund | STUDIED_AT | University of Norhaven
Anna Vance's brother Piet lives in Leiden.
= Piet | LIVES_IN | Leiden
Piet Bakker, Anna Vance's predecessor, lives in Leiden.
= Piet Bakker | LIVES_IN | Leiden
Tom Reed, CEO and co-founder of Nord Ltd, lives in Oslo.
= Tom Reed | LEADS | Nord Ltd
= Tom Reed | FOUNDED | Nord Ltd
= Tom Reed | LIVES_IN | Oslo
Tom Reed, chairman and founder of Nord Ltd, lives in Oslo.
= Tom Reed | CHAIRS | Nord Ltd
= Tom Reed | FOUNDED | Nord Ltd
= Tom Reed | LIVES_IN | Oslo
Alder Group's headquarters moved from Bonn to Cologne in 2012.
= Alder Group | HEADQUARTERED_IN | Bonn | to=2012
= Alder Group | HEADQUARTERED_IN | Cologne | from=2012
Victoria Park opened in 1850.
= Victoria Park | OPENED_ON | 1850
Anna Vance (born 3 May 1961 in Haarlem) is married to Tom Reed.
= Anna Vance | BORN_ON | 1961-05-03
= Anna Vance | BORN_IN | Haarlem
= Anna Vance | MARRIED_TO | Tom Reed
Borealis Energy denied that it had acquired Noordwind BV.
= Borealis Energy | ACQUIRED | Noordwind BV | not
The board appointed Tomas Reyes chief executive of Borealis Energy AG with effect from 1 March 2023.
= Tomas Reyes | LEADS | Borealis Energy AG | from=2023-03-01
Borealis named Anna Vance CEO in 2015.
= Anna Vance | LEADS | Borealis | from=2015
Anna Vance became chief executive of Borealis in 2015 and served as its chairwoman until 2019.
= Anna Vance | LEADS | Borealis | from=2015
= Anna Vance | CHAIRS | Borealis | to=2019
Leila Haddad has been managing director of Tidewater Turbines since January 2021.
= Leila Haddad | LEADS | Tidewater Turbines | from=2021-01
The headquarters of Borealis Energy are in Rotterdam.
= Borealis Energy | HEADQUARTERED_IN | Rotterdam
With a capacity of 95 MW, Lindholm Wind Farm is the largest in Norway.
= Lindholm Wind Farm | CAPACITY | 95 MW
= Lindholm Wind Farm | LOCATED_IN | Norway
Borealis Energy is no longer a subsidiary of Halcyon Power.
= Borealis Energy | SUBSIDIARY_OF | Halcyon Power | former
The International Harbour Board (IHB) was founded in 1950. The IHB operates Lindholm Terminal.
= International Harbour Board | FOUNDED_ON | 1950
= International Harbour Board | OPERATES | Lindholm Terminal
Halcyon Power plc did not acquire Tidewater Turbines Ltd.
= Halcyon Power plc | ACQUIRED | Tidewater Turbines Ltd | not
Borealis may acquire Noordwind next year.
Borealis plans to acquire Noordwind BV.
Did Borealis acquire Noordwind BV in 2019?
If Borealis acquires Noordwind BV, the price will rise.
Borealis wants to build a plant in Carrow.
Talks to sell Noordwind BV to Borealis Energy broke down.
Borealis Energy agreed to buy Noordwind BV from Halcyon Power.
Anna Vance would lead Borealis if the board agreed.
Henrik Dahl led Borealis Energy from 1998 to 2016.
= Henrik Dahl | LEADS | Borealis Energy | from=1998 | to=2016
Ingrid Solberg has chaired Borealis Energy since 2015.
= Ingrid Solberg | CHAIRS | Borealis Energy | from=2015
In 2019 Borealis Energy acquired Tidewater Turbines.
= Borealis Energy | ACQUIRED | Tidewater Turbines | from=2019
Tidewater Turbines was acquired by Borealis Energy in 2019.
= Borealis Energy | ACQUIRED | Tidewater Turbines | from=2019
Tidewater Turbines Ltd, often called Tidewater, is a turbine maker based in Carrick Bay.
= Tidewater Turbines Ltd | HEADQUARTERED_IN | Carrick Bay
Tidewater Turbines Ltd, a subsidiary of Borealis Energy, makes the Kestrel 4.
= Tidewater Turbines Ltd | SUBSIDIARY_OF | Borealis Energy
= Tidewater Turbines Ltd | MAKES | Kestrel 4
Owen Pryce founded Tidewater Turbines in 2005. He sold the company to Borealis Energy in 2019.
= Owen Pryce | FOUNDED | Tidewater Turbines
= Tidewater Turbines | FOUNDED_ON | 2005
= Borealis Energy | OWNS | Tidewater Turbines | from=2019
= Owen Pryce | OWNS | Tidewater Turbines | to=2019
Marta Lindqvist founded Borealis Energy together with Henrik Dahl.
= Marta Lindqvist | FOUNDED | Borealis Energy
= Henrik Dahl | FOUNDED | Borealis Energy
Dr Ruth Okafor studied at the University of Norhaven and wrote "The Patient Tide" in 2010.
= Ruth Okafor | STUDIED_AT | University of Norhaven
= Ruth Okafor | AUTHOR_OF | Patient Tide
Henrik Dahl was chief executive of Borealis Energy. Mr Dahl stepped down in 2016.
= Henrik Dahl | LEADS | Borealis Energy
= Henrik Dahl | LEADS | Borealis Energy | to=2016
Borealis Energy reported revenue of EUR 910 million in 2022.
= Borealis Energy | REVENUE | 910000000 EUR | from=2022 | to=2022
The capacity of Selwyn Tidal Park rose to 260 megawatts in 2021.
= Selwyn Tidal Park | CAPACITY | 260 MW | from=2021 | to=2021
Port Selwyn is a harbour town in Selwyn County. It has a population of 52,300.
= Port Selwyn | LOCATED_IN | Selwyn County
= Port Selwyn | POPULATION | 52300
The former chief executive of Borealis, Henrik Dahl, lives in Lindholm.
= Henrik Dahl | LEADS | Borealis | former
= Henrik Dahl | LIVES_IN | Lindholm
Her husband Tom Reed, an engineer at Borealis, was born in Carrow in 1960.
= Tom Reed | WORKS_FOR | Borealis
= Tom Reed | BORN_IN | Carrow
= Tom Reed | BORN_ON | 1960
Anna Vance is married to Tom Reed, who works for Halcyon Power.
= Anna Vance | MARRIED_TO | Tom Reed
= Tom Reed | WORKS_FOR | Halcyon Power
Project Meridian is funded by Borealis Energy and the Tidal Energy Council.
= Borealis Energy | FUNDS | Project Meridian
= Tidal Energy Council | FUNDS | Project Meridian
Ruth Okafor leads Project Meridian. The project has a budget of EUR 24 million.
= Ruth Okafor | LEADS | Project Meridian
= Project Meridian | COST | 24000000 EUR
The Northern Harbour Authority, formerly the Selwyn Port Commission, operates Port Selwyn Terminal.
= Northern Harbour Authority | OPERATES | Port Selwyn Terminal
As of March 2023, Borealis Energy employs 1,450 people.
= Borealis Energy | EMPLOYEE_COUNT | 1450 | stated=2023-03
Nadia Petrov reports to Tomas Reyes.
= Nadia Petrov | REPORTS_TO | Tomas Reyes
Henrik Dahl is the father of Sofia Dahl.
= Henrik Dahl | PARENT_OF | Sofia Dahl
Reportedly, Halcyon Power acquired Noordwind BV in 2018.
= Halcyon Power | ACQUIRED | Noordwind BV | from=2018
Borealis Energy was headquartered in Norhaven until 2021.
= Borealis Energy | HEADQUARTERED_IN | Norhaven | to=2021
Anna Vance left Borealis Energy in 2023.
= Anna Vance | WORKS_FOR | Borealis Energy | to=2023
The company that built Halden Bridge is unknown.
Anna Vance, Piet Bakker and Tom Reed founded Noordwind BV.
= Anna Vance | FOUNDED | Noordwind BV
= Piet Bakker | FOUNDED | Noordwind BV
= Tom Reed | FOUNDED | Noordwind BV
Borealis Energy and Halcyon Power compete with Mercury Shipping.
= Borealis Energy | COMPETES_WITH | Mercury Shipping
= Halcyon Power | COMPETES_WITH | Mercury Shipping
Tidewater makes the Kestrel 4. Tidewater partners with the University of Norhaven.
= Tidewater | MAKES | Kestrel 4
= Tidewater | PARTNER_OF | University of Norhaven
Former Acme Corp chief executive Ann Lee lives in Oslo.
= Ann Lee | LEADS | Acme Corp | former
= Ann Lee | LIVES_IN | Oslo
Bob Ray's ex-wife Ann Lee lives in Oslo.
= Ann Lee | MARRIED_TO | Bob Ray | former
= Ann Lee | LIVES_IN | Oslo
Ann Lee is the outgoing chief executive of Acme Corp.
= Ann Lee | LEADS | Acme Corp
Ann Lee is the late founder of Acme Corp.
= Ann Lee | FOUNDED | Acme Corp
Ann Lee does not lead Acme Corp any more.
= Ann Lee | LEADS | Acme Corp | former
Bolt Systems doesn't make the Kestrel 4 anymore.
= Bolt Systems | MAKES | Kestrel 4 | former
Ann Lee used to lead Acme Corp and once chaired Bolt Systems.
= Ann Lee | LEADS | Acme Corp | former
= Ann Lee | CHAIRS | Bolt Systems | former
Ann Lee ceased to lead Acme Corp in 2020.
= Ann Lee | LEADS | Acme Corp | to=2020
Ann Lee stopped leading Acme Corp in 2020.
= Ann Lee | LEADS | Acme Corp | to=2020
Ann Lee never stopped leading Acme Corp.
Ann Lee did not step down as chief executive of Acme Corp.
Acme Corp previously acquired Bolt Systems.
= Acme Corp | ACQUIRED | Bolt Systems
Ann Lee is chief executive of Acme Corp. She stepped onto the stage in 2016.
= Ann Lee | LEADS | Acme Corp
Ann Lee is chief executive of Acme Corp. She left the company in 2019.
= Ann Lee | LEADS | Acme Corp
= Ann Lee | LEADS | Acme Corp | to=2019
= Ann Lee | WORKS_FOR | Acme Corp | to=2019
Ann Lee was replaced as chief executive of Acme Corp by Bob Ray in 2020.
= Ann Lee | LEADS | Acme Corp | to=2020
= Bob Ray | LEADS | Acme Corp | from=2020
= Bob Ray | SUCCEEDED | Ann Lee | from=2020
Acme Corp replaced Ann Lee with Bob Ray as chief executive in 2020.
= Ann Lee | LEADS | Acme Corp | to=2020
= Bob Ray | LEADS | Acme Corp | from=2020
= Bob Ray | SUCCEEDED | Ann Lee | from=2020
Bob Ray took over as chief executive of Acme Corp from Ann Lee in 2020.
= Ann Lee | LEADS | Acme Corp | to=2020
= Bob Ray | LEADS | Acme Corp | from=2020
Acme Corp dismissed Ann Lee as chief executive in 2020.
= Ann Lee | LEADS | Acme Corp | to=2020
Ann Lee was fired by Acme Corp in 2020.
= Ann Lee | WORKS_FOR | Acme Corp | to=2020
Acme Corp sold Bolt Systems to Core Group in 2021.
= Acme Corp | OWNS | Bolt Systems | to=2021
= Core Group | OWNS | Bolt Systems | from=2021
Bolt Systems was sold by Acme Corp to Core Group in 2021.
= Acme Corp | OWNS | Bolt Systems | to=2021
= Core Group | OWNS | Bolt Systems | from=2021
Core Group bought Bolt Systems from Acme Corp in 2021.
= Acme Corp | OWNS | Bolt Systems | to=2021
= Core Group | OWNS | Bolt Systems | from=2021
Acme Corp sells the Kestrel 4 to Core Group.
= Core Group | OWNS | Kestrel 4
Ann Lee and Bob Ray divorced in 2015.
= Ann Lee | MARRIED_TO | Bob Ray | to=2015
Ann Lee was divorced from Bob Ray in 2015.
= Ann Lee | MARRIED_TO | Bob Ray | to=2015
Ann Lee did not divorce Bob Ray.
Ann Lee and Bob Ray married in 2005.
= Ann Lee | MARRIED_TO | Bob Ray | from=2005
Ann Lee moved from Oslo to Bergen in 2015.
= Ann Lee | LIVES_IN | Oslo | to=2015
= Ann Lee | LIVES_IN | Bergen | from=2015
Acme Corp employs about 500 people.
= Acme Corp | EMPLOYEE_COUNT | 500±50
Acme Corp has between 500 and 600 employees.
= Acme Corp | EMPLOYEE_COUNT | 500..600
Acme Corp has 500-600 employees.
= Acme Corp | EMPLOYEE_COUNT | 500..600
Acme Corp's headcount rose from 500 to 600 in 2020.
= Acme Corp | EMPLOYEE_COUNT | 600 | from=2020 | to=2020
More than 500 people work for Acme Corp.
= Acme Corp | EMPLOYEE_COUNT | 500..
Acme Corp reported revenue of about EUR 910 million in 2022.
= Acme Corp | REVENUE | 910000000±91000000 EUR | from=2022 | to=2022
The Halden Bridge is about 640 metres long.
= Halden Bridge | LENGTH | 640±64 m
Acme Corp employs Ann Lee as an engineer and 500 people.
= Ann Lee | WORKS_FOR | Acme Corp
Ann Lee was employed by Acme Corp from 2010 to 2015.
= Ann Lee | WORKS_FOR | Acme Corp | from=2010 | to=2015
Ann Lee was employed at Acme Corp.
= Ann Lee | WORKS_FOR | Acme Corp
Ann Lee was born in Ulm in 1879 and died in Paris in 1955.
= Ann Lee | BORN_IN | Ulm
= Ann Lee | BORN_ON | 1879
= Ann Lee | DIED_ON | 1955
Ann Lee died in Paris.
Oslo is part of Norway.
= Oslo | LOCATED_IN | Norway
Acme Corp joined the Tidal Council in 2010.
= Acme Corp | MEMBER_OF | Tidal Council | from=2010
Elias Moore never worked for Borealis Energy.
= Elias Moore | WORKS_FOR | Borealis Energy | not
Ann Lee is deputy director of Tarn Group. Bob Fox is its director.
= Ann Lee | WORKS_FOR | Tarn Group
= Bob Fox | LEADS | Tarn Group
Ann Lee is vice-president of Tarn Group. Bob Fox is the assistant director of Beta Works.
= Ann Lee | WORKS_FOR | Tarn Group
= Bob Fox | WORKS_FOR | Beta Works
Ann Lee, deputy chief executive of Beta Works, is honorary president of Gamma Works.
= Ann Lee | WORKS_FOR | Beta Works
Ann Lee is director of research at Tarn Group. Bob Fox is executive vice president for Asia at Beta Works.
= Ann Lee | WORKS_FOR | Tarn Group
= Bob Fox | WORKS_FOR | Beta Works
Tarn Group appointed Ann Lee head of sales. Gamma Works appointed Ida Berg sales director.
= Ann Lee | WORKS_FOR | Tarn Group
= Ida Berg | WORKS_FOR | Gamma Works
Tarn Group vice president Ann Lee lives in Ulm.
= Ann Lee | WORKS_FOR | Tarn Group
= Ann Lee | LIVES_IN | Ulm
Ann Lee is a director of Delta Works. Bob Fox and Ida Berg are directors of Beta Works.
= Ann Lee | WORKS_FOR | Delta Works
= Bob Fox | WORKS_FOR | Beta Works
= Ida Berg | WORKS_FOR | Beta Works
Ann Lee is non-executive director of Beta Works. Bob Fox is non-executive chairman of Tarn Group.
= Bob Fox | CHAIRS | Tarn Group
Ann Lee is acting chief executive of Tarn Group. Bob Fox is co-chief executive of Beta Works.
= Ann Lee | LEADS | Tarn Group
= Bob Fox | LEADS | Beta Works
Ann Lee is the longtime Norwegian director of Tarn Group. Bob Fox is a former president of Beta Works.
= Ann Lee | LEADS | Tarn Group
= Bob Fox | CHAIRS | Beta Works | former
Ann Lee is deputy chairman and chief executive of Beta Works.
= Ann Lee | WORKS_FOR | Beta Works
= Ann Lee | LEADS | Beta Works
Ann Lee and Bob Fox lead Tarn Group.
= Ann Lee | LEADS | Tarn Group
= Bob Fox | LEADS | Tarn Group
TG employs 5 people.
= TG | EMPLOYEE_COUNT | 5
Northwind Holdings plc said that its Chief Financial Officer, Maria Soto, will step down on 31 March 2024.
= Maria Soto | WORKS_FOR | Northwind Holdings plc | to=2024-03-31
Tom Reed, then chief executive of Acme Corp, lives in Oslo.
= Tom Reed | LEADS | Acme Corp | former
= Tom Reed | LIVES_IN | Oslo
"""

HELD_OUT = """
Clara Hoffmann joined Meridian Optics GmbH as chief engineer in 2012.
= Clara Hoffmann | WORKS_FOR | Meridian Optics GmbH | from=2012
Meridian Optics, headquartered in Graz, manufactures the Lynx 200.
= Meridian Optics | HEADQUARTERED_IN | Graz
= Meridian Optics | MAKES | Lynx 200
The Varda Bridge, completed in 1987, was built by Stonehaven Construction.
= Varda Bridge | OPENED_ON | 1987
= Stonehaven Construction | BUILT | Varda Bridge
Stonehaven Construction was bought by Atlas Group in June 2011.
= Atlas Group | OWNS | Stonehaven Construction | from=2011-06
Oskar Lind, who chairs the Northern Water Council, was born in Malmo on 7 April 1955.
= Oskar Lind | CHAIRS | Northern Water Council
= Oskar Lind | BORN_IN | Malmo
= Oskar Lind | BORN_ON | 1955-04-07
Atlas Group's revenue was EUR 3.4 billion in 2020.
= Atlas Group | REVENUE | 3400000000 EUR | from=2020 | to=2020
Priya Raman succeeded Oskar Lind as director of the Kestrel Institute in May 2017.
= Priya Raman | LEADS | Kestrel Institute | from=2017-05
= Oskar Lind | LEADS | Kestrel Institute | to=2017-05
= Priya Raman | SUCCEEDED | Oskar Lind | from=2017-05
Priya Raman is a physicist. She graduated from the University of Leiden and works at the Kestrel Institute.
= Priya Raman | STUDIED_AT | University of Leiden
= Priya Raman | WORKS_FOR | Kestrel Institute
Solara Foods has 850 employees.
= Solara Foods | EMPLOYEE_COUNT | 850
Solara Foods AG supplies Hotel Meridian and competes with Verde Foods.
= Solara Foods AG | SUPPLIES | Hotel Meridian
= Solara Foods AG | COMPETES_WITH | Verde Foods
Verde Foods was established in 1974 by Marco Bellini.
= Marco Bellini | FOUNDED | Verde Foods
= Verde Foods | FOUNDED_ON | 1974
Marco Bellini stepped down as chairman of Verde Foods in 2009.
= Marco Bellini | CHAIRS | Verde Foods | to=2009
Verde Foods will not acquire Solara Foods, its chairman said.
Could Atlas Group take over Verde Foods?
Analysts expect Atlas Group to acquire Verde Foods.
The Kestrel Institute is located in Delft.
= Kestrel Institute | LOCATED_IN | Delft
The Ravensburg Dam generates 120 megawatts.
= Ravensburg Dam | CAPACITY | 120 MW
The Ravensburg Dam cost $85 million and opened on 12 June 1969.
= Ravensburg Dam | COST | 85000000 USD
= Ravensburg Dam | OPENED_ON | 1969-06-12
Helena Brandt, the author of "Salt Roads", lives in Trieste.
= Helena Brandt | AUTHOR_OF | Salt Roads
= Helena Brandt | LIVES_IN | Trieste
Helena Brandt married Jonas Keller in 1994.
= Helena Brandt | MARRIED_TO | Jonas Keller | from=1994
The Lumen Foundation funds Project Aurora.
= Lumen Foundation | FUNDS | Project Aurora
Project Aurora is led by Helena Brandt.
= Helena Brandt | LEADS | Project Aurora
Atlas Group owns Stonehaven Construction and the Varda Terminal.
= Atlas Group | OWNS | Stonehaven Construction
= Atlas Group | OWNS | Varda Terminal
Stonehaven is a unit of Atlas Group, based in Bergen.
= Stonehaven | SUBSIDIARY_OF | Atlas Group
= Atlas Group | HEADQUARTERED_IN | Bergen
Jonas Keller was president of the Lumen Foundation from 2001 to 2008.
= Jonas Keller | CHAIRS | Lumen Foundation | from=2001 | to=2008
Keller & Sons Ltd was incorporated in 1921.
= Keller & Sons Ltd | FOUNDED_ON | 1921
In 2016, Atlas Group relocated its headquarters from Bergen to Oslo.
= Atlas Group | HEADQUARTERED_IN | Oslo | from=2016
= Atlas Group | HEADQUARTERED_IN | Bergen | to=2016
Dr. Samuel Ortega heads the Coral Laboratory. Ortega is a member of the Northern Water Council.
= Samuel Ortega | LEADS | Coral Laboratory
= Samuel Ortega | MEMBER_OF | Northern Water Council
The Coral Laboratory, led by Samuel Ortega, employs forty people.
= Samuel Ortega | LEADS | Coral Laboratory
= Coral Laboratory | EMPLOYEE_COUNT | 40
Coral Laboratory director Samuel Ortega was not a founder of Solara Foods.
= Samuel Ortega | LEADS | Coral Laboratory
= Samuel Ortega | FOUNDED | Solara Foods | not
Trieste has a population of 204,000.
= Trieste | POPULATION | 204000
The firm's founder, Marco Bellini, died in 2015.
= Marco Bellini | DIED_ON | 2015
Atlas Group hired Clara Hoffmann in 2019.
= Clara Hoffmann | WORKS_FOR | Atlas Group | from=2019
Clara Hoffmann is the daughter of Otto Hoffmann.
= Clara Hoffmann | CHILD_OF | Otto Hoffmann
Otto Hoffmann designed the Varda Bridge.
= Otto Hoffmann | DESIGNED | Varda Bridge
The Varda Bridge stands in Graz.
= Varda Bridge | LOCATED_IN | Graz
Atlas Group says it does not own Verde Foods.
= Atlas Group | OWNS | Verde Foods | not
Since 2014, Priya Raman has run the Lumen Foundation.
= Priya Raman | LEADS | Lumen Foundation | from=2014
The plant, operated by Atlas Group, has a capacity of 1.2 gigawatts.
Ostara Ferries operates the Halden Terminal, which opened in 2003.
= Ostara Ferries | OPERATES | Halden Terminal
= Halden Terminal | OPENED_ON | 2003
"""

ONTOLOGY = default_ontology()
Case = tuple[str, frozenset[str]]


def cases(block: str) -> list[Case]:
    found: list[tuple[str, set[str]]] = []
    for line in block.strip().splitlines():
        if line.startswith("= "):
            found[-1][1].add(_sorted_line(line[2:]))
        else:
            found.append((line, set()))
    return [(text, frozenset(expected)) for text, expected in found]


def _sorted_line(line: str) -> str:
    head, relation, tail, *rest = (part.strip() for part in line.split("|"))
    return " | ".join([head, relation, tail, *sorted(rest)])


def read(text: str) -> Extraction:
    document = ParsedDocument(
        text, "", "text/plain", (Element(0, ElementKind.PARAGRAPH, Span(0, len(text))),)
    )
    return LinguisticExtractor().extract(
        document,
        (),
        workspace=WorkspaceId("w"),
        content=ContentId(b"c" * 32),
        pipeline=PipelineId(b"p" * 16),
        ontology=ONTOLOGY,
    )


def lines(extraction: Extraction) -> set[str]:
    names = {referent.id: referent.names[0] for referent in extraction.referents}

    def line(claim: Claim) -> str:
        if isinstance(claim.tail, Value):
            tail = f"{claim.tail.text} {claim.tail.unit}" if claim.tail.unit else claim.tail.text
        else:
            tail = names[claim.tail]
        rest = [f"from={claim.valid_from}"] if claim.valid_from else []
        rest += [f"to={claim.valid_to}"] if claim.valid_to else []
        rest += [f"stated={claim.stated}"] if claim.stated else []
        rest += [] if claim.polarity else ["not"]
        rest += [value for _, value in claim.qualifiers]
        return _sorted_line(" | ".join([names[claim.head], str(claim.relation), tail, *rest]))

    return {line(claim) for claim in extraction.claims if claim.relation is not None}


def score(block: str) -> tuple[float, float, list[str]]:
    """Precision, recall, and what differs."""
    right = found_count = gold_count = 0
    differences: list[str] = []
    for text, gold in cases(block):
        found = lines(read(text))
        right += len(found & gold)
        found_count += len(found)
        gold_count += len(gold)
        differences += [f"{text}\n    missing {line}" for line in sorted(gold - found)]
        differences += [f"{text}\n    extra   {line}" for line in sorted(found - gold)]
    return right / found_count, right / gold_count, differences


@pytest.mark.parametrize(("text", "gold"), cases(DEVELOPED))
def test_finds_exactly_what_the_sentence_says(text: str, gold: frozenset[str]) -> None:
    assert lines(read(text)) == gold


def test_holds_up_on_prose_it_was_not_built_on() -> None:
    precision, recall, differences = score(HELD_OUT)
    assert precision >= 0.95, differences
    assert recall >= 0.95, differences
