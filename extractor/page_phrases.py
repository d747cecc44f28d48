"""Phrases of video pages in a dozen languages, as patterns: what is on a page beside the film's title and synopsis."""

# ruff: noqa: RUF001 - letters of other alphabets


def any_of(*phrases: str) -> str:
    """Return the pattern of one of some phrases, whatever stands between their words."""
    return "|".join(phrase.replace(" ", r"[\s-]*") for phrase in sorted(phrases, key=len, reverse=True))


# fmt: off
KIND = any_of(  # what the video is, in the words of a dozen languages
    r"trailers?(?!\s(?:park|home|trash|truck))", "teasers?", "tv spots?", "super bowl spots?", "featurettes?",
    "sneak peeks?", "first looks?", "(?:movie|film|kino)trailers?", "(?:movie|film|official|exclusive|new) clips?",
    "kinospots?", "bande annonces?", "tráilers?", "avance oficial", "adelanto", "zwiastun", "fragman[ıi]?",
    "előzetes\\w*", "ukázka", "trejler", "трейлеры?", "тизеры?", "τρέιλερ", "ट्रेलर", "टीज़र", "إعلان",
)
KIND_UNSPACED = (
    r"本?予告編?|特報|トレーラー|ティザー|(?:先[导導]|正式|[终終][极極]|官方)*[预預]告片?|(?:메인|티저|공식)*\s*예고편"
)
OFFICIAL = any_of(
    "officiell?e?n?", "officiële", "offisiell", "official", "offiziell\\w*", "oficial", "oficjalny", "oficiální",
    "ufficiale", "officielle", "resmi", "hivatalos", "официальный", "офіційний", "επίσημο", "공식", "公式", "官方",
)
ENCODED = any_of(
    "u?hd", "fhd", "hq", "hdr", "sdr", "[248]k", r"\d{3,4}[pi]", r"\d{3,4}x\d{3,4}", "[xh]26[45]", "hevc", "avc", "av1",
    "vp9", "aac", "prores", "web(?:dl|rip)", "web dl", "mezzanine", r"v\d{1,2}",
)
NOISE = any_of(  # beside the kind: which cut, for whom, how it is encoded
    ENCODED, "imax", "tv", "atmos", "dolby", "new", "brand new",
    "final", "first", "second", "third", "exclusive", "extended", "theatrical", "international", "int'?l", r"int\.'l",
    "domestic", "worldwide", "red band", "green band", "restricted", "nsfw", "main", "full", "debut", "announcement",
    "comic con", "nycc", "super bowl", "remastered", "pop up", "re release", "(?:(?:us|uk|dvd|blu ray) )?release",
    "dvd", "blu ray", "(?-i:US|UK|USA|ITA|VF|VO|PL|CZ|OV|OmU)", "english", "french", "german", "deutsch(?:er)?",
    "spanish", "español", "castellano", "latino", "japanese", "chinese", "korean", "russian", "norwegian",
    "portuguese", "italian\\w?", "fran[çc]ais\\w?", "vost(?:fr)?", "sub(?:titled|bed|s)?", "subtitulado", "dubbed",
    "legendado", "dublado", "napisy pl", "dabing", "titulky", "altyazılı", "dublaj", "szinkronos", "feliratos",
    "русский", "український", "дублированный", "на русском", "видео", "video", "nueva?", "neuer?", "nouvelle", "nuovo",
    r"#\d{1,2}",
)
GENRE = any_of(
    "action", "adventure", "animated", "animation", "anime", "biography", "biopic", "comedy", "crime", "documentary",
    "drama", "family", "fantasy", "heist", "historical", "history", "horror", "music", "musical", "mystery", "noir",
    "psychological", "romance", "romantic", "rom com", "sci fi", "science fiction", "slasher", "spy", "sports?",
    "superhero", "supernatural", "suspense", "thriller", "vampire", "war", "western", "zombie", "abenteuer", "komödie",
    "krimi", "dokumentation", "comédie", "horreur", "policier", "comedia", "terror", "acción", "drame", "commedia",
    "azione", "ужасы", "комедия", "драма", "боевик", "триллер",
)
MAKER = any_of(
    "netflix", "(?:amazon )?prime(?: video)?", "amazon(?: studios| mgm studios)?", "hbo(?: max)?", "hulu",
    "disney(?: plus|\\+)?", "apple tv\\+?", "apple original films", "paramount(?: pictures| plus|\\+)?",
    "universal(?: pictures| studios)?", "warner bros\\.?(?: pictures| uk| deutschland)?", "a24", "neon", "pixar",
    "sony pictures(?: entertainment| classics)?", "20th century (?:fox|studios)", "lionsgate(?: movies)?", "mubi",
    "ign", "marvel(?: studios| entertainment)?", "dreamworks(?: animation)?", "mgm(?: studios)?", "focus features",
    "(?:fox )?searchlight(?: pictures)?", "ifc (?:films|midnight)", "magnolia pictures",
    "rotten tomatoes(?: trailers)?", "movieclips(?: trailers)?", "kinocheck", "filmselect", "peacock", "showtime",
    "starz", "bbc", "studiocanal", "shudder", "crunchyroll", "path[eé](?: films)?", "gaumont", "constantin film",
    "toho", "tiff", "blumhouse", "in (?:theaters|theatres|cinemas)(?: now| soon)?", "now playing", "coming soon",
    "only in cinemas", "(?:ab )?jetzt im kino", "au cinéma", "en cines", "al cinema", "nos cinemas", "в кино",
)
PROMOTION = any_of(  # a sentence with one of these sells the film or the channel, or lists who made it
    "subscrib\\w*", "abonn\\w*", "suscr[íi]b\\w*", "inscrev\\w*", "iscriv\\w*", "подпи[сш]\\w*", "subskryb\\w*",
    "abone", "facebook", "twitter", "instagram", "tiktok", "tumblr", "pinterest", "snapchat", "homepage",
    "(?:follow|like|join|visit|find|connect with) (?:us|me)", "more information", "stay tuned", "on social(?: media)?",
    "notifications?", "newsletter", "merch", "terms and conditions", "(?:official|our) web ?site", "click here",
    "hashtags?", "memberships? in", "members can", "streaming (?:now|on|exclusively)", "start streaming",
    "now (?:streaming|playing|available|showing)", "available now", "get tickets?", "pre ?order", "own it",
    "tickets? (?:now|here|at)", "buy or rent", "earn points", "joining \\w+ insider",
    "(?:in|only in|select) (?:theaters?|theatres?|cinemas?)", "on (?:blu ray|dvd|digital|demand|itunes|vod)",
    "coming (?:soon|to \\w+ on|this)", "premieres (?:on|in)", "(?:will be|is) released", "opens (?:on|in|nationwide)",
    "im kino", "kinostart", "jetzt auf", "au cinéma", "en salles", "en cines", "estreno", "solo en", "próximamente",
    "al cinema", "nei cinema", "nos cinemas", "estreia", "в кино", "в прокате", "премьера", "w kinach", "premiera",
    "sinemalarda", "vizyonda", "в кінотеатрах", "directed by", "written by", "produced by", "executive produc\\w*",
    "screenplay", "verleih", "réalisé par", "dirigida por", "diretto da", "dirigido por", "copyright",
    "rights reserved", "fair use", "rated (?:pg|r|nc)", "mpaa", "alle rechte", "tous droits", "derechos reservados",
    "business inquiries",
)
PROMOTION_UNSPACED = "チャンネル登録|公開|監督|出演|公式|구독|개봉|감독|출연|订阅|上映|导演|主演"
LABEL = any_of(  # at the beginning of a line that is no synopsis
    "starring", "stars?", "cast", "directors?", "writers?", "producers?", "genres?", "release(?: date)?", "runtime",
    "music", "studio", "distributors?", "rating", "language", "country", "tags?", "credits?", "song", "soundtrack",
    "about \\w+", "darsteller", "besetzung", "regie", "start", "länge", "land", "réalisat\\w+", "avec", "acteurs",
    "durée", "reparto", "género", "elenco", "direção", "gênero", "regia", "durata", "режисс[её]р", "в ролях", "жанр",
    "страна", "obsada", "reżyseria", "gatunek", "yönetmen", "oyuncular", "tür",
)
SYNOPSIS = any_of(
    "(?:official )?synopsis", "plot", "story ?line", "story", "handlung", "inhalt", "sinopsis", "sinopse", "argumento",
    "trama", "сюжет", "описание", "opis(?: filmu)?", "konu(?:su)?", "film description", "clip description",
)
# fmt: on
