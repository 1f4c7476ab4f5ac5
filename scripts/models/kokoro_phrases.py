"""What voices say while they are measured: some fourteen seconds of varied speech in each language, in Kokoro's phones
(those of the other languages by espeak-ng 1.51), so that a conversion needs no pronouncer. By the letter that the
language's voices are named with."""

PHRASES = {
    "a": [  # American English
        "θˈæŋk ju fɔɹ kˈɔlɪŋ, mˌI nˈAm ɪz ˈænə.",
        "ðə sˈɛkənd sˈɜɹvz tˈI fˈud, ænd ðə θˈɜɹd ɪz ɐ smˈɔl bˈAkəɹi.",
        "ˌI æm sˈɑɹi tə hˈɪɹ ðˈæt, lˈɛt mˌi sˈi wˌʌt ˌI kæn dˈu fɔɹ jˌu.",
        "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ nˈɪɹ ðə ɹˈɪvəɹ.",
        "jʊɹ əpˈYntmənt ɪz ɑn fɹˈIdˌA æt tˈɛn ɪn ðə mˈɔɹnɪŋ, ˈOkˌA?",
    ],
    "b": [  # British English
        "θˈaŋk juː fɔː kˈɔːlɪŋ, mI nˈAm ɪz ˈanə.",
        "ðə sˈɛkᵊnd sˈɜːvz tˈI fˈuːd, and ðə θˈɜːd ɪz ɐ smˈɔːl bˈAkəɹi.",
        "ˌI am sˈɒɹi tə hˈɪə ðˈat, lˈɛt mˌiː sˈiː wˌɒt ˌI kan dˈuː fɔː juː.",
        "ðə kwˈɪk bɹˈWn fˈɒks ʤˈʌmps ˈQvə ðə lˈAzi dˈɒɡ nˌɪə ðə ɹˈɪvə.",
        "jˌɔː əpˈYntmᵊnt ɪz ˌɒn fɹˈIdA at tˈɛn ɪn ðə mˈɔːnɪŋ, ˌQkˈA?",
    ],
    "e": [  # Spanish
        "ɡɾˈaθjas poɾ ʎamˈaɾ, me ʎˈamo ˈana.",
        "el seɣˈundo sˈiɾβe komˈiða tˌIlandˈesa, i el teɾθˈeɾo ˈes ˈuna pekˈeɲa pˌanaðeɾˈia.",
        "sjˈɛnto mˈuʧo oˈiɾ ˈeso, dˈexeme βˈeɾ kˈe pwˈeðo aθˈeɾ poɾ ustˈed.",
        "el βelˈoθ muɾθjˈelaɣo komˈia felˈiθ kaɾðˈiʎo i kˈiwi θˈeɾka ðel rˈio.",
        "su θˈita ˈes el βjˈeɾnes a las ðjˈeθ ðe la maɲˈana, de akwˈeɾðo?",
    ],
    "f": [  # French
        "mɛʁsˈi də votʁ apˈɛl, ʒə mapˈɛl ˈan.",
        "lə døzjˈɛm sˈɛʁ yn kyizˈin tajlɑ̃dˈɛz, e lə tʁwazjˈɛm ɛt yn pətˈit bulɑ̃ʒʁˈi.",
        "ʒə syˌi dezolˈe dɑ̃tˈɑ̃dʁ səlˈa, vwajˈɔ̃ sə kə ʒə pˈø fˈɛʁ puʁ vˈu.",
        "pɔʁtˈe sə vjˈø wˈɪski o ʒˈyʒ blˈɔ̃ ki fˈym pʁɛ də la ʁivjˈɛʁ.",
        "votʁ ʁɑ̃dˈevuz ɛ vɑ̃dʁədˈi a dˈiz ˈœʁ dy matˈɛ̃, dakˈɔʁ?",
    ],
    "i": [  # Italian
        "ɡrˈaʦje per avˈɛr kjamˈato, mɪ kjˈamo ˈanna.",
        "il sekˈondo sˈɛrve kʊʧˈina tIlandˈeze, e il tˈɛrʦo e ˌʊna pˈikːola panetːerˈia.",
        "mɪ dispɪˈaːʧe mˈolto, vedjˈamo ke kˈɔza pˈɔSo fˈare per lˈɛi.",
        "kwel vitʊperˈabile ksenˈɔfobo ʣelˈante aSˈaʤːa il wˈiskɪ viʧˈino al fjˈume.",
        "il sˌʊo apːʊntamˈento e venerdˈi ˌalle djˈɛʧɪ dɪ matːˈina, vˈa bˈɛne?",
    ],
    "p": [  # Brazilian Portuguese
        "ˌobriɡˈadæ por liɡˈar, meʊ nˈomj ɛ ˈɐ̃næ.",
        "ʊ sˌeɡˈũŋdʊ sˈɛɾəvy kˌomˈidæ tˌIlɐ̃ŋdˈezæ, i ʊ tˌeɾəsˈAɾw ɛ ˌumæ pˌekˈenæ pˌadaɾˈiæ.",
        "sˈiŋtʊ mwˈiŋtʊ poɾ ˈisʊ, dˈAʃymy vˈeɾ ʊ ky pˌɔsʊ fazˌer por vosˈe.",
        "ˌaː nˈoɪʧy, vovˈo kˌowˈWski vˈe u ˈimɐ̃ kaˈir nʊ pˈɛ dʊ piŋɡwˈiŋ pˈɛɾətʊ dʊ xˈiʊ.",
        "a sˌuæ kˌoŋsˈuwtæ ɛ na sˈestæfˈAɾ aːz dˈɛz da mɐ̃ɲˈɐ̃, estˌa bˈAŋ?",
    ],
    "h": [  # Hindi
        "fˈoːn kˈʌɾnˌeː keː lˈɪeː dʰˌənjəʋˈaːd, mˌeːɾaː nˈaːm ʌnˈiːtaː hɛː.",
        "dˈuːsɾˌeː mẽː tʰˈaːi kʰˈaːnaː mˈɪltˌaː hɛː, ɔːɾ tˈiːsɾˌaː ˈeːk cʰˈoːʈi bˈeːkɾˌi hɛː.",
        "jˌəh sˈʊnəkˌəɾ mˌʊɟʰeː dˈʊkʰ hˈʊaː, dˈeːkʰtˌi hũ kˈɪ mɛ̃ ˌaːpkˌeː lˈɪeː kːjaː kˈʌɾ sˈʌktˌi hũ.",
        "ɾˈɪʂɪjˌõ koː sətˈaːneː ʋˈaːleː dˈʊʂʈ ɾˈaːkʃəsˌõ keː ɾˈaːɟaː kaː nˈʌdi keː pˈaːs ˈʌnt hˈʊaː.",
        "ˌaːpkˌi mˌʊlaːqˈaːt ʃˌʊkɾəʋˈaːɾ sˈʊbəh dˈʌs bˈʌɟeː hɛː, ʈʰˈiːk hɛː?",
    ],
}
